// A module that commits a fault while it is loaded: the one that its URL names, as in `faulty-load.ts?exit`.
import { commit, hangLate, neverSettle, type Fault } from './faults.ts';

export function any(): string {
  return 'ran';
}

const fault = new URL(import.meta.url).search.slice(1);
if (fault === 'never') await neverSettle();
else if (fault === 'late-hang') await hangLate();
else commit(fault as Fault);
