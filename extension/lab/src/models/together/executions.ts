/**
 * Cells that several people run at once: what the last run gave stays, once.
 *
 * Each browser writes down what came of its own runs, so two that run one cell would write into each other's outputs.
 * A kernel runs them one after the other. So a browser whose run begins waits until what came of the others' earlier
 * runs of the same code has been written down by them, clears that away, and only then writes down its own.
 */

import type { CodeCell } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel, KernelMessage } from "@jupyterlab/services";
import type { IDisposable } from "@lumino/disposable";
import { mendChanges } from "./changes.ts";
import { announce, isOthers } from "./presence.ts";
import { documentOf } from "./shared-document.ts";

/** Of the document, but not of the notebook's file: runs whose outputs are all written down, by the request's id. */
const WRITTEN = "pressrun_written";

/** Milliseconds for which a run is listed there. */
const LISTED = 60_000;

/** Milliseconds after which nobody waits any longer for a browser that does not answer, or is gone. */
const PATIENCE = 10_000;

/** Runs of others that are remembered. */
const REMEMBERED = 100;

/** A run by another browser. */
interface Foreign {
  readonly session: string;
  readonly code: string;
}

type Execution = Kernel.IShellFuture<KernelMessage.IExecuteRequestMsg, KernelMessage.IExecuteReplyMsg>;

export class SharedExecutions implements IDisposable {
  isDisposed = false;
  private readonly _panel: NotebookPanel;
  private readonly _followed = new WeakSet<Execution>();
  private readonly _foreign = new Map<string, Foreign>();

  constructor(panel: NotebookPanel) {
    this._panel = panel;
    panel.sessionContext.iopubMessage.connect(this._onMessage);
    panel.sessionContext.kernelChanged.connect(this._onKernel);
    panel.context.ready.then(
      () => {
        this._onKernel();
        this._onCells();
        panel.content.model?.cells.changed.connect(this._onCells);
        documentOf(panel)?.getMap(WRITTEN).observe(this._onWritten);
      },
      () => undefined,
    );
  }

  /** Follow the run of a cell that is being asked for. */
  scheduled(cell: CodeCell): void {
    if (!documentOf(this._panel)) return;
    // What stands for the run is made after its being announced, in the same breath.
    queueMicrotask(() => {
      const future = cell.isDisposed ? null : (cell.outputArea.future as Execution | undefined);
      if (!future || future.isDisposed || this._followed.has(future)) return;
      this._followed.add(future);
      future.registerMessageHook((message) => {
        return message.header.msg_type === "execute_input" ? this._begin(cell, future) : true;
      });
      const written = (): void => {
        // JupyterLab writes the number of the run down after this.
        setTimeout(() => {
          this._tell(future.msg.header.msg_id);
        });
      };
      future.done.then(written, written);
    });
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    this._panel.sessionContext.iopubMessage.disconnect(this._onMessage);
    this._panel.sessionContext.kernelChanged.disconnect(this._onKernel);
    if (!this._panel.context.isDisposed) documentOf(this._panel)?.getMap(WRITTEN).unobserve(this._onWritten);
  }

  private readonly _onCells = (): void => {
    mendChanges(this._panel);
  };

  private readonly _onKernel = (): void => {
    this._foreign.clear();
    if (!this.isDisposed && this._panel.context.isReady) announce(this._panel);
  };

  private readonly _onWritten = ({ keysChanged }: { readonly keysChanged: ReadonlySet<string> }): void => {
    for (const id of keysChanged) this._foreign.delete(id);
  };

  private readonly _onMessage = (_: unknown, { header, parent_header, content }: KernelMessage.IMessage): void => {
    if (header.msg_type !== "execute_input" || !("session" in parent_header)) return;
    const { session, msg_id: id } = parent_header;
    if (session === this._panel.sessionContext.session?.kernel?.clientId) return;
    if (documentOf(this._panel)?.getMap(WRITTEN).has(id) !== false) return;
    this._foreign.set(id, { session, code: (content as KernelMessage.IExecuteInputMsg["content"]).code });
    const [oldest] = this._foreign.keys();
    if (this._foreign.size > REMEMBERED && oldest !== undefined) this._foreign.delete(oldest);
  };

  /** Runs of the same code by other browsers that began before, and are not written down. */
  private _before(future: Execution): string[] {
    const { code } = future.msg.content;
    return [...this._foreign]
      .filter(([, run]) => run.code === code && isOthers(this._panel, run.session))
      .map(([id]) => id);
  }

  /** Wait for what others have yet to write, and begin with nothing. */
  private async _begin(cell: CodeCell, future: Execution): Promise<boolean> {
    const until = performance.now() + PATIENCE;
    const before = this._before(future);
    while (before.some((id) => this._foreign.has(id)) && !this.isDisposed && performance.now() < until) await rest();
    // Whoever did not answer is not waited for again.
    for (const id of before) this._foreign.delete(id);
    if (this.isDisposed || cell.isDisposed) return true;
    const { model } = cell;
    if (model.outputs.length > 0) model.outputs.clear();
    // What came while it was being cleared may be in the document alone.
    if (model.sharedModel.outputs.length > 0) model.sharedModel.setOutputs([]);
    // Whoever ran it before has said that it is over.
    if (model.executionState === "idle") model.executionState = "running";
    return true;
  }

  private _tell(id: string): void {
    const written = documentOf(this._panel)?.getMap(WRITTEN);
    if (!written || this.isDisposed) return;
    written.set(id, "");
    setTimeout(() => {
      if (!this.isDisposed) written.delete(id);
    }, LISTED);
  }
}

async function rest(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
