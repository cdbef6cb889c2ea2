// What a worker has begun, as far as can be told from outside, also when it is gone: by the claims that it shares, by its
// ledger, or by what it has announced.
import { arrayEntries, arrayPush, arraySlice, arrayToSorted } from '../task/arrays.ts';
import type { Submission } from '../task/submission.ts';
import type { FunctionReference } from '../task/task-function.ts';
import type { Link } from '../transport/transport.ts';
import { abandoned, type SentRun, type SentRuns } from './sent-run.ts';

/** One task of a submission. */
export type TaskOf = [submission: Submission, at: number];

/** How many tasks of a run, counted from the first. */
function begunOf(run: SentRun, link: Link): number {
  return Math.max(run.announced, link.begun(run));
}

/** When the task in this place has begun, on the machine's clock; undefined where it has not. Right to within the time for which the tasks of its run that began later held the loop; never too early. */
export function begunAt(run: SentRun | undefined, place: number, link: Link): number | undefined {
  if (run === undefined) return undefined;
  if (run.announced > place) return run.announcedAt;
  return link.begun(run) > place ? link.begunAt(run) : undefined;
}

/** The ids of the tasks that have begun and not ended, by function. */
export function runningByFunction(runs: SentRuns, link: Link): Map<FunctionReference, number[]> {
  const byFunction = new Map<FunctionReference, number[]>();
  for (const run of runs) {
    const begun = begunOf(run, link);
    for (const [place, submission] of arrayEntries(arraySlice(run.submissions, 0, begun))) {
      if (submission === undefined || submission === abandoned) continue;
      const ids = byFunction.get(submission.fn) ?? [];
      byFunction.set(submission.fn, ids);
      ids[ids.length] = submission.id + place - submission.place;
    }
  }
  return byFunction;
}

/** How many tasks of each function there are that have not ended. */
export function inFlightByFunction(runs: SentRuns): Map<FunctionReference, number> {
  const counts = new Map<FunctionReference, number>();
  for (const { of, left } of runs) counts.set(of.fn, (counts.get(of.fn) ?? 0) + left);
  return counts;
}

/** Takes out all that has not ended, for the worker is gone: tasks that it had started, and tasks that can run elsewhere as if nothing had been. */
export function takeUnsettled(runs: SentRuns, link: Link): { started: TaskOf[]; unstarted: Submission[] } {
  const started: TaskOf[] = [];
  const unstarted: Submission[] = [];
  for (const run of runs) {
    // What was moved to a worker died with it, so the task cannot run again, started or not.
    const begun = begunOf(run, link);
    if (begun > 0) run.of.hasLoaded = true;
    if (run.submissions[0]?.options.transfer === undefined) arrayPush(unstarted, ...run.takeFrom(begun));
    for (const [place, submission] of arrayEntries(run.submissions)) {
      if (submission === undefined || submission === abandoned) continue;
      started[started.length] = [submission, place - submission.place];
      run.of.meter.ended++;
      run.of.meter.failed++;
    }
    run.submissions.length = 0;
    runs.close(run);
  }
  // Runs are in no order, for their numbers are used again.
  return { started: arrayToSorted(started, byId), unstarted };
}

function byId([one, at]: TaskOf, [other, otherAt]: TaskOf): number {
  return one.id + at - (other.id + otherAt);
}
