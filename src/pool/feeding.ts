// Tasks with arguments that are read while they run: which sources each has, from its first attempt until it is settled.
// Then each source is closed, once, whatever became of the task.
import { NotSerializableError, PolyloopBugError } from '../errors.ts';
import { contextOf, type InContext } from '../runner/call-context.ts';
import { give, isGiven } from '../runner/unsent.ts';
import { arrayMap, arraySome } from '../task/arrays.ts';
import { allOf, NativePromise, promiseThen, setImmediate } from '../task/platform.ts';
import type { Crossing, FeedPort, Submission } from '../task/submission.ts';
import type { Link } from '../transport/transport.ts';
import { isWebStream, type ChannelSource } from '../wire/channels.ts';
import { MESSAGES, type Feed, type Form, type Want } from '../wire/messages.ts';
import { abandoned, type SentRun, type SentRuns } from './sent-run.ts';
import { makeOutlet, type Outlet } from './outlets.ts';

/** The sources of one task. */
class TaskSources {
  readonly #outlets = new Map<object, Outlet>();
  /** Code of the caller's runs in the context of the call. */
  readonly #inContext: InContext;
  /** Those of the current attempt; channel 1 is the first. */
  #channels: Outlet[] = [];

  constructor(task: Submission) {
    this.#inContext = contextOf(task);
  }

  bind(channels: readonly ChannelSource[], portOf: (channel: number) => FeedPort): void {
    for (const channel of channels) if (!this.#outlets.has(channel.source)) checkSource(channel);
    this.#channels = arrayMap(channels, (channel, at) => {
      let outlet = this.#outlets.get(channel.source);
      if (outlet === undefined) {
        outlet = makeOutlet(channel, this.#inContext);
        this.#outlets.set(channel.source, outlet);
        give(channel.source);
      }
      outlet.bind?.(portOf(at + 1));
      return outlet;
    });
  }

  channel(number: number): Outlet | undefined {
    return this.#channels[number - 1];
  }

  get isSpent(): boolean {
    for (const { isSpent } of this.#outlets.values()) if (isSpent) return true;
    return false;
  }

  /** Resolves when all are closed, or after a turn of the loop: one that takes long to close holds up nobody. Undefined where nothing is to be waited for. */
  close(): Promise<unknown> | undefined {
    const closing: Promise<unknown>[] = [];
    for (const outlet of this.#outlets.values()) {
      const closes = outlet.close();
      if (closes !== undefined) closing[closing.length] = closes;
    }
    if (closing.length === 0) return undefined;
    return new NativePromise((resolve) => {
      void promiseThen(allOf(closing), resolve, resolve);
      setImmediate(() => resolve(undefined));
    });
  }
}

/** The sources of all tasks of a pool. */
export class Sources {
  readonly #byTask = new Map<Submission, TaskSources>();

  /** Takes the sources of a task, for an attempt at it. Throws {@link NotSerializableError} where one cannot be read for it. */
  bind(task: Submission, channels: readonly ChannelSource[], portOf: (channel: number) => FeedPort): void {
    let sources = this.#byTask.get(task);
    if (sources === undefined) this.#byTask.set(task, (sources = new TaskSources(task)));
    sources.bind(channels, portOf);
  }

  of(task: Submission): TaskSources | undefined {
    return this.#byTask.get(task);
  }

  /** True where another attempt at the task would not get the same values. */
  isSpent(task: Submission): boolean {
    return this.#byTask.size > 0 && this.#byTask.get(task)?.isSpent === true;
  }

  /** The task is settled. For most there is nothing to do, and to learn that costs next to nothing. Otherwise it may resolve when all is closed. */
  settled(task: Submission): Promise<unknown> | undefined {
    if (this.#byTask.size === 0) return undefined;
    const sources = this.#byTask.get(task);
    this.#byTask.delete(task);
    return sources?.close();
  }
}

/** What the tasks of one worker ask for. */
export class Feeding {
  readonly #workerId: number;
  readonly #link: Link;
  readonly #runs: SentRuns;
  readonly #sources: Sources;

  constructor(workerId: number, link: Link, runs: SentRuns, sources: Sources) {
    this.#workerId = workerId;
    this.#link = link;
    this.#runs = runs;
    this.#sources = sources;
  }

  /** A task that is about to be sent to the worker has these sources. */
  bind(task: Submission, channels: readonly ChannelSource[], attempt: SentRun): void {
    this.#sources.bind(task, channels, (channel) => new WorkerPort(this.#link, this.#runs, task, channel, attempt));
  }

  hear({ run: number, place, channel, count }: Want): void {
    const run = this.#runs.named(number);
    const task = run.submissions[place];
    if (task === abandoned) return;
    const feeder = channel === MESSAGES ? task?.inbox : task && this.#sources.of(task)?.channel(channel);
    if (task === undefined || feeder === undefined)
      throw new PolyloopBugError(
        `worker ${this.#workerId} asked for values of channel ${channel} of place ${place} of a run, which has none`,
      );
    feeder.want(count, new WorkerPort(this.#link, this.#runs, task, channel, run));
  }
}

/** A channel of an attempt at a task, in one worker. */
class WorkerPort implements FeedPort {
  readonly #link: Link;
  readonly #runs: SentRuns;
  readonly #task: Submission;
  readonly #channel: number;
  readonly attempt: SentRun;

  constructor(link: Link, runs: SentRuns, task: Submission, channel: number, attempt: SentRun) {
    this.attempt = attempt;
    this.#link = link;
    this.#runs = runs;
    this.#task = task;
    this.#channel = channel;
  }

  get crossing(): Crossing {
    return this.#link;
  }

  send(payload: unknown[], forms: Form[] | undefined, end?: 'done' | 'failed'): void {
    const { run, place } = this.#task;
    // The number of a run is used again when its tasks have ended: what comes too late must not reach another task.
    if (this.#runs.get(run) !== this.attempt || this.attempt.submissions[place] !== this.#task) return;
    const feed: Feed = { type: 'feed', run, place, channel: this.#channel, payload };
    if (forms !== undefined) feed.forms = forms;
    if (end !== undefined) feed.end = end;
    if (arraySome(payload, (value) => typeof value === 'object' && value !== null)) feed.apart = true;
    this.#link.send([feed]);
  }
}

function checkSource({ source, path }: ChannelSource): void {
  if (isGiven(source))
    throw new NotSerializableError(path, 'it was given to another task already, and can be read only once');
  if (isWebStream(source) && source.locked)
    throw new NotSerializableError(path, 'it is a stream that is locked to a reader; release that first');
}
