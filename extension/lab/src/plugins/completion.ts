/** Completes keys, labels, expressions and cell options where JupyterLab completes: by Tab, or as they are typed. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { CompletionHandler, ICompletionContext, ICompletionProvider } from "@jupyterlab/completer";
import { CompleterModel, ICompletionProviderManager } from "@jupyterlab/completer";
import { Text } from "@jupyterlab/coreutils";
import { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import type { Item, Wish } from "../models/prose/completion.ts";
import { answers, keyItems, optionItems, wishOf } from "../models/prose/completion.ts";
import { IOutline } from "../models/paper/outline.ts";
import { CommandIds } from "../tokens.ts";

/** An item of ours among those of other providers, with the text that it stands for and what of the cell it replaces. */
interface OwnItem extends CompletionHandler.ICompletionItem {
  pressrun: { readonly text: string; readonly start: number; readonly end: number };
}

type Reply = CompletionHandler.ICompletionItemsReply<OwnItem>;

const PROSE = new Set(["text/x-ipythongfm", "text/markdown"]);

const isOwn = (item: CompletionHandler.ICompletionItem): item is OwnItem => "pressrun" in item;

/** Shows ours alone where there are any: other providers take prose for code. */
class Model extends CompleterModel {
  override setCompletionItems(items: CompletionHandler.ICompletionItems): void {
    const own = items.filter(isOwn);
    const [first] = own;
    if (!first) {
      super.setCompletionItems(items);
      return;
    }
    // Other providers' answers narrow what is replaced, and shorten what is inserted.
    this.cursor = { start: first.pressrun.start, end: first.pressrun.end };
    super.setCompletionItems(own.map((item) => ({ ...item, insertText: item.pressrun.text })));
  }

  /** Of ours, those with a word that begins as what was typed, if there are any. */
  override completionItems(): CompletionHandler.ICompletionItems {
    const items = super.completionItems();
    if (!this.query || !items.some(isOwn)) return items;
    const found = items.filter(({ label }) => answers(label.replace(/<\/?mark>/g, ""), this.query));
    return found.length > 0 ? found : items;
  }
}

class Provider implements ICompletionProvider {
  readonly identifier = "CompletionProvider:pressrun";
  /** Before all that JupyterLab has, its debugger's 1000 included: only the first one's model is asked what to show. */
  readonly rank = 1100;
  private readonly _outlines: IOutline | null;

  constructor(outlines: IOutline | null) {
    this._outlines = outlines;
  }

  isApplicable(context: ICompletionContext): Promise<boolean> {
    return Promise.resolve(wishIn(context) !== null);
  }

  shouldShowContinuousHint(
    visible: boolean,
    changed: { readonly sourceChange?: readonly { readonly insert?: unknown; readonly delete?: unknown }[] },
    context?: ICompletionContext,
  ): boolean {
    const change = changed.sourceChange ?? [];
    const typed = change.some((delta) => delta.insert !== undefined) && change.every((delta) => !delta.delete);
    return !visible && typed && context !== undefined && wishIn(context) !== null;
  }

  modelFactory(): Promise<Model> {
    return Promise.resolve(new Model());
  }

  async fetch(request: CompletionHandler.IRequest, context: ICompletionContext): Promise<Reply> {
    const end = Text.charIndexToJsIndex(request.offset, request.text);
    const wish = wishIn(context);
    const start = wish?.start ?? end;
    const typed = request.text.slice(start, end);
    const items = wish ? await this._items(wish, context) : [];
    return {
      start: Text.jsIndexToCharIndex(start, request.text),
      end: request.offset,
      items: items
        .filter(({ label }) => answers(label, typed))
        .sort((a, b) => Number(b.insertText.startsWith(typed)) - Number(a.insertText.startsWith(typed)))
        .map((item) => ({ ...item, pressrun: { text: item.insertText, start, end } })),
    };
  }

  private async _items(wish: Wish, { widget, session }: ICompletionContext): Promise<readonly Item[]> {
    if (wish.kind === "expression") return session?.kernel ? namesIn(session.kernel, wish.code) : [];
    if (wish.kind !== "key") return optionItems(wish);
    const outline = widget instanceof NotebookPanel ? this._outlines?.of(widget).outline : null;
    return outline ? keyItems(outline) : [];
  }
}

/** What the text before an editor's cursor asks for. */
function wishIn({ widget, editor }: ICompletionContext): Wish | null {
  if (!editor || !(widget instanceof NotebookPanel)) return null;
  const before = editor.model.sharedModel.getSource().slice(0, editor.getOffsetAt(editor.getCursorPosition()));
  const wish = wishOf(before, PROSE.has(editor.model.mimeType));
  // A name after a dot is completed by itself: what stands before stays.
  if (wish?.kind !== "expression") return wish;
  const word = /[\p{L}\p{N}_]*$/u.exec(wish.code)?.[0] ?? "";
  return { ...wish, start: before.length - word.length };
}

/** What the kernel knows that continues some code, values first. */
async function namesIn(kernel: Kernel.IKernelConnection, code: string): Promise<readonly Item[]> {
  const word = /[\p{L}\p{N}_]*$/u.exec(code)?.[0] ?? "";
  const position = Text.jsIndexToCharIndex(code.length, code);
  const { content } = await kernel.requestComplete({ code, cursor_pos: position });
  if (content.status !== "ok") return [];
  const types = content.metadata._jupyter_types_experimental as { text: string; type: string }[] | undefined;
  const before = Array.from(code).slice(content.cursor_start, position).join("");
  // The kernel may repeat what stands before the word: "runs.me" for "me".
  const repeated = before.slice(0, before.length - word.length);
  return content.matches
    .map((match, at) => ({ match, type: types?.[at]?.type ?? "" }))
    .filter(({ match }) => !match.startsWith("%") && match.startsWith(repeated))
    .map(({ match, type }) => ({ name: match.slice(repeated.length), type }))
    .filter(({ name }) => word.startsWith("_") || !name.startsWith("_"))
    .sort((a, b) => Number(b.type === "instance") - Number(a.type === "instance"))
    .map(({ name, type }) => ({ label: name, insertText: name, type: type === "<unknown>" ? "" : type }));
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "@pressrun/lab:completion",
  description: "Completes citations, cross-references, inline values and cell options.",
  autoStart: true,
  requires: [ICompletionProviderManager, INotebookTracker],
  optional: [IOutline],
  activate: (
    { commands }: JupyterFrontEnd,
    manager: ICompletionProviderManager,
    notebooks: INotebookTracker,
    outlines: IOutline | null,
  ) => {
    manager.registerProvider(new Provider(outlines));
    // JupyterLab's own command leaves cells alone that are not code.
    commands.addCommand(CommandIds.complete, {
      label: "Complete Citation, Reference or Value",
      describedBy: { args: { type: "object", properties: {} } },
      execute: () => {
        const panel = notebooks.currentWidget;
        const editor = panel?.content.activeCell?.editor;
        if (panel && editor && wishIn({ widget: panel, editor })) manager.invoke(panel.id);
      },
    });
  },
};

export default plugin;
