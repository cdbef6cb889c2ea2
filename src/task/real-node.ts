// Classes and functions of Node that a program may have replaced, or that its surroundings do not have, before polyloop is loaded:
// jsdom has an `AbortController` of its own and no `structuredClone`. Node gives out the real ones in other ways.
import { transferableAbortController } from 'node:util';

import { hasSource } from './uncurried.ts';

const controller = transferableAbortController();
controller.abort();
const { signal } = controller;
const reason = signal.reason as DOMException;

export const AbortController = controller.constructor as typeof globalThis.AbortController;
export const AbortSignal = signal.constructor as typeof globalThis.AbortSignal;
export const DOMException = reason.constructor as typeof globalThis.DOMException;

/** `AbortSignal.any`; undefined where that was replaced by something else. */
export const anySignal = worksAsAny(AbortSignal.any) ? AbortSignal.any.bind(AbortSignal) : undefined;

function worksAsAny(any: typeof AbortSignal.any): boolean {
  try {
    return any.call(AbortSignal, [signal]).reason === reason;
  } catch {
    return false;
  }
}

type Clone = typeof globalThis.structuredClone;

/** Node's own, written in C++ or in JavaScript. */
const ofNode = /^function structuredClone\([^]*(?:\[native code\]|ERR_MISSING_ARGS)/;

export const structuredClone: Clone = hasSource(globalThis.structuredClone, ofNode)
  ? globalThis.structuredClone
  : cloneByMessage();

/** What is sent over a channel is cloned in the same way, and takes some times as long. */
function cloneByMessage(): Clone {
  const { MessageChannel, receiveMessageOnPort } = process.getBuiltinModule('node:worker_threads');
  const { port1, port2 } = new MessageChannel();
  return (value, options) => {
    port1.postMessage(value, (options?.transfer ?? []) as never);
    return (receiveMessageOnPort(port2) as { message: typeof value }).message;
  };
}
