// `polyloop map`: a function over every input, one record per input.
import { Pool, WorkerStartError, type WorkerKind } from '../index.ts';
import { apply, errorJson, prepare, type Applied, type Call } from './apply.ts';
import { readInputs, type InputFormat } from './input.ts';
import { findModule, type ModuleExport } from './module.ts';
import { RecordWriter } from './output.ts';
import { Progress } from './progress.ts';
import { UsageError } from './usage-error.ts';

export interface MapCommandOptions {
  readonly workers?: number;
  readonly concurrency?: number;
  readonly kind?: WorkerKind;
  readonly keepOrder?: boolean;
  readonly input?: InputFormat;
  readonly quiet?: boolean;
}

const mostCounted = 100;

/** Runs the command; resolves with its exit status: 0, the number of failures up to 100, or 101 for more. */
export async function map(written: string, files: readonly string[], options: MapCommandOptions): Promise<number> {
  const target = findModule(written, process.cwd());
  const pool = new Pool({
    ...(options.workers === undefined ? undefined : { workers: options.workers }),
    ...(options.concurrency === undefined ? undefined : { concurrency: options.concurrency }),
    kind: options.kind ?? 'process',
    setup: { task: prepare, args: [target] },
    name: 'polyloop map',
  });
  const writer = new RecordWriter(process.stdout);
  let done = 0;
  let failed = 0;
  const progress = new Progress(() => {
    const { inFlight, workers } = pool.stats();
    return { done, failed, inFlight, workers: workers.length };
  }, process.stderr);
  let closing: string;
  const letGo = new AbortController();
  let inputFailure: unknown;
  try {
    const inputs = readInputs({ format: options.input, files, signal: letGo.signal });
    // What was read before an input that cannot be is done all the same.
    const calls = callsFrom(target, inputs, (error) => (inputFailure = error));
    for await (const end of pool.map(apply, calls, { settled: true, ordered: options.keepOrder === true })) {
      const applied = end.status === 'fulfilled' ? end.value : failure(end.reason);
      done++;
      if (!applied.ok) failed++;
      await writer.write(record(end.index + 1, applied));
      if (writer.isBroken) break;
    }
    await writer.flush();
    if (writer.isBroken) inputFailure = undefined;
    if (inputFailure !== undefined) throw inputFailure as Error;
  } finally {
    letGo.abort();
    closing = progress.end();
    await pool.close();
  }
  if (options.quiet !== true) process.stderr.write(`${closing}\n`);
  return failed > mostCounted ? mostCounted + 1 : failed;
}

async function* callsFrom(
  { url, name }: ModuleExport,
  inputs: AsyncIterable<unknown>,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Call, void> {
  try {
    for await (const input of inputs) yield { url, name, input };
  } catch (error) {
    onFailure(error);
  }
}

/** A call that could not even tell how it ended: its worker died, or no worker can run it, which ends the command. */
function failure(reason: unknown): Applied {
  if (reason instanceof WorkerStartError) {
    const { cause } = reason;
    throw new UsageError(cause instanceof Error ? cause.message : reason.message);
  }
  return { ok: false, json: errorJson(reason), ms: 0 };
}

function record(seq: number, { ok, json, ms }: Applied): string {
  const told = json === undefined ? '' : `,"${ok ? 'value' : 'error'}":${json}`;
  return `{"seq":${seq},"ok":${ok}${told},"ms":${ms},"attempts":1}`;
}
