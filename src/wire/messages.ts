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

/** What every message has. `apart`: its payload travels as a value of its own, so that the header survives if it cannot be decoded. */
export interface Message {
  readonly type: string;
  payload?: unknown[];
  apart?: true;
  /** Set by the receiving end where the payload could not be decoded. */
  payloadError?: unknown;
}

export type ToWorker = Start | Define | Run | Cancel | Stop;

export interface Start extends Message {
  readonly type: 'start';
  readonly worker: number;
  readonly kind: WorkerKind;
  /** How many pools stand above the worker. */
  readonly depth: number;
  readonly setup: WireCall | undefined;
  readonly teardown: WireCall | undefined;
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

/** Tasks of one function to be started. The payload holds the arguments of each, in the order of `calls`. */
export interface Run extends Message {
  readonly type: 'run';
  /** Counted from 1 for this worker; `started` answers it. */
  readonly message: number;
  readonly fn: number;
  readonly attempt: number;
  /** Three numbers a task: its slot, its id, the form of its arguments. Flat, for an object per task costs more than the task. */
  readonly calls: number[];
}

export interface Cancel extends Message {
  readonly type: 'cancel';
  readonly slot: number;
}

/** Tear down and end. Nothing follows it. */
export interface Stop extends Message {
  readonly type: 'stop';
}

export type ToPool = Ready | StartFailed | Started | Ended | Dying | Stopped;

export interface Ready extends Message {
  readonly type: 'ready';
}

/** Setup failed; the payload holds why. The worker ends. */
export interface StartFailed extends Message {
  readonly type: 'startFailed';
}

/** The tasks of this `run` message are about to start: from here on they may have had an effect. */
export interface Started extends Message {
  readonly type: 'started';
  readonly message: number;
}

/** Outcomes. The payload holds the value or the thrown thing of each, in the order of `ends`. */
export interface Ended extends Message {
  readonly type: 'ended';
  /** Three numbers an outcome: the slot, the end code, the form. */
  readonly ends: number[];
}

/** An exception that nobody caught is about to end the worker; the payload holds it. */
export interface Dying extends Message {
  readonly type: 'dying';
}

/** Torn down; the payload holds what teardown threw, if it did. */
export interface Stopped extends Message {
  readonly type: 'stopped';
}
