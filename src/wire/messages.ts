// What crosses between a pool and a worker: one tagged union each way. A message is a header of numbers and names,
// which always can be read, and where it carries values of users, a `payload`.
import type { WorkerKind } from '../task/context.ts';

/** How a value stands in a payload: as it is, or packed (see values.ts). */
export type Form = 0 | 1;
export const PLAIN: Form = 0;
export const PACKED: Form = 1;

/** How an attempt ended in the worker. */
export type EndCode = 0 | 1 | 2 | 3;
export const FULFILLED: EndCode = 0;
export const REJECTED: EndCode = 1;
/** The task could not start: its module did not load, or has no such function, or its arguments could not be decoded. */
export const NOT_LOADED: EndCode = 2;
export const REFUSED: EndCode = 3;

/** A task function and its arguments, by name: for setup and teardown. */
export interface WireCall {
  readonly url: string;
  readonly name: string;
}

/** What was captured where a task was submitted, for it to be restored around the task: how it stands, and itself. */
export type Carried = readonly [form: Form, body: unknown];

/** What every message has. `apart`: its payload travels as a value of its own, so that the header survives if it cannot be decoded. */
export interface Message {
  readonly type: string;
  payload?: unknown[];
  apart?: true;
  /** Set by the receiving end where the payload could not be decoded. */
  payloadError?: unknown;
}

/** Says of the value that is put into the payload next that it is packed. */
export function markPacked(message: { payload?: unknown[]; forms?: Form[] }): void {
  // Own, for `forms` of `Object.prototype` would be written to, and stay here.
  const forms = Object.hasOwn(message, 'forms') ? (message.forms ?? []) : [];
  forms[message.payload?.length ?? 0] = PACKED;
  message.forms = forms;
}

/** The code of the error by which a worker says that it could not read what it was sent. */
export const unreadableCode = 'ERR_POLYLOOP_UNREADABLE';

/** Whether its payload travels apart. Asked of the message itself, for a program may have put anything on `Object.prototype`. */
export function isApart(message: Message): boolean {
  return Object.hasOwn(message, 'apart') && message.apart === true;
}

export type ToWorker = Start | Define | Run | Cancel | Abandon | More | Feed | Ping | Stop;

export interface Start extends Message {
  readonly type: 'start';
  readonly worker: number;
  readonly kind: WorkerKind;
  /** How many pools stand above the worker. */
  readonly depth: number;
  readonly setup: WireCall | undefined;
  readonly teardown: WireCall | undefined;
  /** The function that restores what tasks carry. */
  readonly restore: WireCall | undefined;
  /** The most tasks at once. */
  readonly concurrency: number;
  /** How long the worker may take to end, in milliseconds. */
  readonly graceMs: number;
  /** How the arguments of setup and teardown stand in the payload. */
  readonly forms: readonly [Form, Form];
}

/** Says once which function a number stands for; `run` then needs no names. */
export interface Define extends Message {
  readonly type: 'define';
  readonly fn: number;
  readonly url: string;
  readonly name: string;
}

/** Tasks of one function to be started. The payload holds what each is called with: where the arity is 1 that argument itself, otherwise the list of them. */
export interface Run extends Message {
  readonly type: 'run';
  /** Stands for this run in all that is said of it; used again when nothing more will be. A task is known by the run and its place in it. */
  readonly run: number;
  /** Which of the runs that had this number (see claims.ts). */
  readonly generation: number;
  readonly fn: number;
  readonly attempt: number;
  readonly arity: number;
  /** Its tasks have a time to run, or to wait, so the pool must be able to tell when each began; each outcome says when its task began and ended. */
  timed?: true;
  /** Until when each task may be started, on the machine's clock, by place; undefined where that has no limit. */
  startBy?: number[];
  /** Its tasks yield values: so many of them before the reader has taken any. */
  yields?: number;
  /** What its tasks report is heard. */
  reports?: true;
  /** Its one task has arguments that are read while it runs: streams and signals (see channels.ts). */
  fed?: true;
  /** In the payload, what each is called with is the second of two: the first is a {@link Carried}. */
  carries?: true;
  /** Its tasks are for this worker and no other: they wait until they may start. */
  readonly stays: boolean;
  count: number;
  /** The ids of the tasks: the first, where the others follow it. */
  ids: number | number[];
  /** How what each is called with stands in the payload; undefined where all is plain. */
  forms?: Form[];
  /** On the machine's clock, in milliseconds. */
  readonly sentAt: number;
}

/** These tasks of a run should end. The payload holds the reason. */
export interface Cancel extends Message {
  readonly type: 'cancel';
  readonly run: number;
  readonly place: number;
  readonly count: number;
}

/** These tasks of a run are waited for no more: they end now as far as the worker's concurrency goes. Inline only, where nothing else can be done. */
export interface Abandon extends Message {
  readonly type: 'abandon';
  readonly run: number;
  readonly place: number;
  readonly count: number;
}

/** So many values that a task has yielded or reported were taken: it may yield as many more. */
export interface More extends Message {
  readonly type: 'more';
  readonly run: number;
  readonly place: number;
  readonly count: number;
  readonly of: Speech;
}

/** Values for a channel of a running task, none of which was sent before the task asked for it with {@link Want}. The payload holds them; for a signal, the one value is the reason. */
export interface Feed extends Message {
  readonly type: 'feed';
  readonly run: number;
  readonly place: number;
  /** The number of the channel within the task; {@link MESSAGES} for the messages to the task. */
  readonly channel: number;
  /** How the values stand in the payload; undefined where all are plain. */
  forms?: Form[];
  /** Nothing follows. `failed`: the last of the payload is the packed reason. */
  end?: 'done' | 'failed';
}

/** The most values of a channel that a task may have asked for and not got. */
export const mostWanted = 1_024;

/** The channel of the messages that the caller sends to a stream's task. The channels of arguments are counted from 1. */
export const MESSAGES = 0;

/** Asks whether the loop comes back. */
export interface Ping extends Message {
  readonly type: 'ping';
}

/** Tear down and end. Nothing follows it. */
export interface Stop extends Message {
  readonly type: 'stop';
}

export type ToPool = SettingUp | Ready | StartFailed | Started | Said | Want | Turn | Pong | Printing | Dying | Stopped;

/** The worker is up, and its setup is about to be called. */
export interface SettingUp extends Message {
  readonly type: 'settingUp';
}

export interface Ready extends Message {
  readonly type: 'ready';
}

/** Setup failed; the payload holds why. The worker ends. */
export interface StartFailed extends Message {
  readonly type: 'startFailed';
}

/** The first tasks of this run are about to start: from here on they may have had an effect. Not said where pool and worker share the claims. */
export interface Started extends Message {
  readonly type: 'started';
  readonly run: number;
  /** How many of its tasks: those that were announced before are counted again. */
  readonly count: number;
}

/** How a task speaks while it runs. */
export type Speech = 'yield' | 'report';

/** Values that a task yields or reports while it runs; the payload holds them. What it came to follows. */
export interface Said extends Message {
  readonly type: 'said';
  readonly run: number;
  readonly place: number;
  readonly how: Speech;
  /** How they stand in the payload; undefined where all are plain. */
  forms?: Form[];
  /** The payload holds why a value is missing. */
  readonly isFailure?: true;
  /** It may yield no more before the reader has taken some. */
  waits?: true;
}

/** A task takes so many more values of one of its channels. 0: its reader has left, and it takes no more. */
export interface Want extends Message {
  readonly type: 'want';
  readonly run: number;
  readonly place: number;
  readonly channel: number;
  readonly count: number;
}

/** What a turn of the worker's loop has brought: outcomes, and how the loop is doing. */
export interface Turn extends Message {
  readonly type: 'turn';
  /** Four numbers for outcomes of consecutive tasks: the run, the first place in it, how many, and of which kind. The payload holds the values of all, one after the other. */
  readonly ends: number[];
  /** Four numbers for each outcome of a timed run whose task was started: which of the values in the payload it is, when its task began and ended, on the
   *  machine's clock, and 1 where the task had been told to end before it ended, otherwise 0. */
  times?: number[];
  /** Five numbers for each run that has come or gone on: the run, how many of its tasks have been started, what becomes
   *  of the others, how long starting them held the loop, and how long the loop kept them or what came after them waiting (milliseconds). */
  readonly reports: number[];
}

/** The loop has come back, and this is how the worker is. */
export interface Pong extends Message {
  readonly type: 'pong';
  /** The memory of its process. */
  readonly rssBytes: number;
  /** How long its loop has been at work, and idle, since the worker began. */
  readonly activeMs: number;
  readonly idleMs: number;
  /** How long its loop did not come back, at the most, since it was asked before. */
  readonly lagMs: number;
}

/** What tasks have printed waits in the worker for a slow reader, or does so no longer. Sent again while the reader takes some of it. */
export interface Printing extends Message {
  readonly type: 'printing';
  readonly isBehind: boolean;
}

/** What becomes of the tasks of a run that have not been started. */
export type RestState = 0 | 1 | 2;
/** There are none. */
export const NONE_LEFT: RestState = 0;
/** They wait for their module. */
export const WAITS: RestState = 1;
/** They are more than may run at once; the pool has them again. */
export const GAVE_BACK: RestState = 2;

/** The numbers of an outcome. */
export const endStride = 4;
export const reportStride = 5;
export const timesStride = 4;

/** An end code and a form as one number. */
export function endKind(code: EndCode, form: Form): number {
  return 2 * code + form;
}

/** The task was not started, because it had waited for too long: refused without a reason. */
export const tooLate = endKind(REFUSED, PLAIN);

/** True where that number says that the attempt has failed. */
export function isFailure(kind: number): boolean {
  return kind >> 1 !== FULFILLED;
}

/** True where it says that the function was called. */
export function hasRun(kind: number): boolean {
  return kind >> 1 <= REJECTED;
}

/** An exception that nobody caught is about to end the worker; the payload holds it. */
export interface Dying extends Message {
  readonly type: 'dying';
}

/** Torn down; the payload holds what teardown threw, if it did. */
export interface Stopped extends Message {
  readonly type: 'stopped';
}
