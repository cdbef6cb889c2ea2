// A call for one worker and no other, as a broadcast makes them.
import { RunCall } from '../runner/run.ts';

export class PinnedCall extends RunCall {
  override get mayMove(): boolean {
    return false;
  }
}
