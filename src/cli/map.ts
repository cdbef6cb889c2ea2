// `polyloop map`: a function over every input, one record per input.
import { Pool, TaskNotFoundError, WorkerStartError, type WorkerKind } from '../index.ts';
import { apply, errorJson, ModuleLoadError, printToStderr, type Applied, type Call } from './apply.ts';
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
    setup: { task: printToStderr },
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
  try {
    const calls = callsFrom(target, readInputs({ format: options.input, files }));
    for await (const end of pool.map(apply, calls, { settled: true, ordered: options.keepOrder === true })) {
      const applied = end.status === 'fulfilled' ? end.value : failure(end.reason);
      done++;
      if (!applied.ok) failed++;
      await writer.write(record(end.index + 1, applied));
      if (writer.isBroken) break;
    }
    await writer.flush();
  } finally {
    closing = progress.end();
    await pool.close();
  }
  if (options.quiet !== true) process.stderr.write(`${closing}\n`);
  return failed > mostCounted ? mostCounted + 1 : failed;
}

async function* callsFrom({ url, name }: ModuleExport, inputs: AsyncIterable<unknown>): AsyncGenerator<Call, void> {
  for await (const input of inputs) yield { url, name, input };
}

/** A call that could not even tell how it ended: its worker died, or no worker can run it, which ends the command. */
function failure(reason: unknown): Applied {
  if (reason instanceof TaskNotFoundError || reason instanceof WorkerStartError) throw new UsageError(reason.message);
  if (reason instanceof Error && reason.name === ModuleLoadError.name) throw new UsageError(reason.message);
  return { ok: false, json: errorJson(reason), ms: 0 };
}

function record(seq: number, { ok, json, ms }: Applied): string {
  const told = json === undefined ? '' : `,"${ok ? 'value' : 'error'}":${json}`;
  return `{"seq":${seq},"ok":${ok}${told},"ms":${ms},"attempts":1}`;
}
