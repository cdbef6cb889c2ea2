// OpenTelemetry, as a program sets it up that traces what it does.
import { context as active, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { setTimeout as sleepFor } from 'node:timers/promises';

import { task } from '../support/task.ts';

active.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
trace.setGlobalTracerProvider(new TracerProvider());

export const tracer = trace.getTracer('polyloop');

export function capture(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(active.active(), carrier);
  return carrier;
}

export const restore = task(import.meta, function restore(carrier: Record<string, string>, fn: () => unknown): unknown {
  return active.with(propagation.extract(active.active(), carrier), fn);
});

export interface Traced {
  readonly traceId: string;
  /** The span in which the task was called. */
  readonly parentId: string | undefined;
  /** The span of the task, and the one that is active in it after a while. */
  readonly spanId: string;
  readonly activeId: string | undefined;
  readonly pid: number;
}

/** Does its work in a span of its own. */
export const traced = task(import.meta, async function traced(ms: number): Promise<Traced> {
  const parentId = trace.getActiveSpan()?.spanContext().spanId;
  return await tracer.startActiveSpan('work', async (span) => {
    await sleepFor(ms);
    const activeId = trace.getActiveSpan()?.spanContext().spanId;
    span.end();
    const { traceId, spanId } = span.spanContext();
    return { traceId, parentId, spanId, activeId, pid: process.pid };
  });
});
