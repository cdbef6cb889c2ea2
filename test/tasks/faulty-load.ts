// A module that commits a fault while it is loaded: the one that its URL names, as in `faulty-load.ts?exit`.
import { commit, type Fault } from './faults.ts';

export function any(): string {
  return 'ran';
}

const fault = new URL(import.meta.url).search.slice(1);
if (fault === 'never') await new Promise(() => {});
else commit(fault as Fault);
