/** The server's event stream: one WebSocket a window, subscriptions on it, connected again when it breaks. */

import { URLExt } from "@jupyterlab/coreutils";
import type { ServerConnection } from "@jupyterlab/services";
import type { IDisposable } from "@lumino/disposable";
import { DisposableDelegate } from "@lumino/disposable";
import type { ISignal } from "@lumino/signaling";
import { Signal } from "@lumino/signaling";
import { RequestError } from "./client.ts";
import { Heartbeat } from "./heartbeat.ts";

/** A message of one subscription. */
export interface Message {
  readonly id: string;
  readonly type: string;
}

export interface Listener<M extends Message = Message> {
  message(message: M): void;
  /** The server could not serve it, and is asked again after a while: messages come when it can. */
  failed?(error: RequestError): void;
  /** The connection was lost (false) or is there again (true); messages may have been missed meanwhile. */
  connected?(connected: boolean): void;
}

interface Subscription {
  readonly ask: Readonly<Record<string, unknown>>;
  readonly listener: Listener;
  wait: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

type Socket = InstanceType<ServerConnection.ISettings["WebSocket"]>;

/** Milliseconds before connecting again: doubled each time, up to the last. */
const FIRST = 500;
const LAST = 5_000;
/** Milliseconds before a subscription that failed is asked for again; doubled, too. */
const AGAIN = 2_000;
const AT_LAST = 60_000;
/** Milliseconds that opening a connection may take. */
const OPENING = 10_000;

export class Events implements IDisposable {
  isDisposed = false;
  private readonly _settings: ServerConnection.ISettings;
  private readonly _heartbeat: Heartbeat;
  private readonly _connectedChanged = new Signal<this, boolean>(this);
  private readonly _subscriptions = new Map<string, Subscription>();
  private _socket: Socket | null = null;
  private _connected = true;
  private _wait = FIRST;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _opening: ReturnType<typeof setTimeout> | undefined;
  private _count = 0;

  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
    this._heartbeat = new Heartbeat({
      ping: (ping) => {
        this._send({ ping });
      },
      lost: () => {
        this._lost();
      },
    });
    window.addEventListener("online", this._hurry);
    document.addEventListener("visibilitychange", this._hurry);
  }

  /** Whether the server tells what changes. Before anything was asked of it there is nothing to doubt. */
  get connected(): boolean {
    return this._connected;
  }

  /** When the server was heard of last: until then, what is shown was as things stood. */
  get asOf(): Date {
    return this._heartbeat.heard;
  }

  get connectedChanged(): ISignal<this, boolean> {
    return this._connectedChanged;
  }

  /** Subscribe to a topic until the result is disposed. After a lost connection it is asked again by itself. */
  subscribe<M extends Message>(
    topic: string,
    ask: Readonly<Record<string, unknown>>,
    listener: Listener<M>,
  ): IDisposable {
    const id = `s${++this._count}`;
    const whole = { ...ask, subscribe: id, topic };
    // Messages are typed by the schema of their topic.
    this._subscriptions.set(id, { ask: whole, listener, wait: AGAIN, timer: undefined });
    if (this._socket?.readyState === 1) this._send(whole);
    // While the server is away, all wait for the next attempt together.
    else if (this._timer === undefined) this._connect();
    if (!this._connected) listener.connected?.(false);
    return new DisposableDelegate(() => {
      clearTimeout(this._subscriptions.get(id)?.timer);
      if (this._subscriptions.delete(id)) this._send({ unsubscribe: id });
    });
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    window.removeEventListener("online", this._hurry);
    document.removeEventListener("visibilitychange", this._hurry);
    for (const { timer } of this._subscriptions.values()) clearTimeout(timer);
    this._subscriptions.clear();
    clearTimeout(this._timer);
    this._leave();
    Signal.clearData(this);
  }

  private _send(message: object): void {
    if (this._socket?.readyState === 1) this._socket.send(JSON.stringify(message));
  }

  private _connect(): void {
    if (this._socket || this.isDisposed) return;
    clearTimeout(this._timer);
    this._timer = undefined;
    const { wsUrl, token, appendToken } = this._settings;
    const query = appendToken && token ? `?token=${encodeURIComponent(token)}` : "";
    const socket = new this._settings.WebSocket(URLExt.join(wsUrl, "pressrun/api/events") + query);
    this._socket = socket;
    this._opening = setTimeout(() => {
      this._lost();
    }, OPENING);
    socket.onopen = () => {
      clearTimeout(this._opening);
      this._heartbeat.begin();
      for (const subscription of this._subscriptions.values()) this._ask(subscription);
    };
    socket.onmessage = ({ data }) => {
      this._heartbeat.hear();
      if (!this._connected) this._tell(true);
      this._wait = FIRST;
      this._receive(String(data));
    };
    socket.onclose = () => {
      this._lost();
    };
  }

  /** Be done with a socket: it may take minutes to say that it is closed, and must tell nothing meanwhile. */
  private _leave(): void {
    const socket = this._socket;
    this._socket = null;
    this._heartbeat.end();
    clearTimeout(this._opening);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    // What else is said of it, nobody waits for.
    socket.onerror = null;
    socket.close();
  }

  private _lost(): void {
    this._leave();
    if (this.isDisposed) return;
    if (this._subscriptions.size > 0) {
      // Windows that lost one server together do not come back all at once.
      const wait = this._wait * (0.5 + Math.random() / 2);
      this._timer = setTimeout(() => {
        this._connect();
      }, wait);
      this._wait = Math.min(2 * this._wait, LAST);
    }
    if (this._connected) this._tell(false);
  }

  private _tell(connected: boolean): void {
    this._connected = connected;
    for (const { listener } of [...this._subscriptions.values()]) listener.connected?.(connected);
    this._connectedChanged.emit(connected);
  }

  private _ask(subscription: Subscription): void {
    clearTimeout(subscription.timer);
    subscription.timer = undefined;
    this._send(subscription.ask);
  }

  /** The author is back, or the network: see at once whether the server is. */
  private readonly _hurry = (): void => {
    if (document.visibilityState === "hidden") return;
    if (this._socket) this._heartbeat.look();
    else if (this._subscriptions.size > 0) this._connect();
  };

  private _receive(data: string): void {
    const message = JSON.parse(data) as Message & { error?: { what: string; where: string; hint: string } };
    const subscription = this._subscriptions.get(message.id);
    if (!subscription) return;
    if (message.type === "error" && message.error) {
      const { what, where, hint } = message.error;
      clearTimeout(subscription.timer);
      subscription.timer = setTimeout(() => {
        this._ask(subscription);
      }, subscription.wait);
      subscription.wait = Math.min(2 * subscription.wait, AT_LAST);
      subscription.listener.failed?.(new RequestError(what, where, hint));
    } else {
      subscription.wait = AGAIN;
      subscription.listener.message(message);
    }
  }
}
