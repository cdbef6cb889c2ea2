// Values of the platform that the structured clone does not carry as themselves, and that can be made again from what they say.
import { hrefOf } from '../task/brands.ts';
import { makeTemporal, takeTemporal } from './temporal.ts';
import type { Special } from './values.ts';

export type PlatformSpecial = Extract<Special, ['temporal' | 'url', ...unknown[]]>;

/** How a URL or a Temporal value crosses, of any realm; undefined where it is none. */
export function platformSpecial(value: object): PlatformSpecial | undefined {
  const href = hrefOf(value);
  if (href !== undefined) return ['url', {}, href];
  const temporal = takeTemporal(value);
  return temporal && ['temporal', {}, temporal.name, temporal.args];
}

/** The value again. Throws where it cannot be made. */
export function makePlatformValue(special: PlatformSpecial): object {
  return special[0] === 'url' ? new URL(special[2]) : makeTemporal(special[2], special[3]);
}
