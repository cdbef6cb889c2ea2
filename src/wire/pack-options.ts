// How a value is packed.

export interface PackOptions {
  /** False for thrown things, which must arrive: there, what cannot cross is replaced by its text. */
  readonly whole: boolean;
  /** What a transfer list takes along; it is left as it is. */
  readonly moved?: readonly object[] | undefined;
  /** SharedArrayBuffers can cross. */
  readonly sharesMemory: boolean;
  /** The objects in the message that it is for: memory that stands in it is copied, as all else is anyway. */
  readonly before?: Set<object> | undefined;
  /** Streams, async iterables and signals become channels. */
  readonly takesChannels?: boolean;
  /** What a thrown thing is called that arrives as an error which names it. Default: `a thrown`. */
  readonly role?: string;
}

/** Options with nothing left open. */
export interface PackSettings extends Required<PackOptions> {
  readonly moved: readonly object[];
}

/** Nothing that is moved. */
export const nothing: readonly object[] = [];

/** With defaults for what was not given. Each is asked for alone, for a program may have put it on `Object.prototype`. */
export function givenOf(options: PackOptions): PackSettings {
  return {
    whole: options.whole,
    moved: own(options, 'moved') ?? nothing,
    sharesMemory: options.sharesMemory,
    before: own(options, 'before'),
    takesChannels: own(options, 'takesChannels') === true,
    role: own(options, 'role') ?? 'a thrown',
  };
}

function own<Name extends keyof PackOptions>(options: PackOptions, name: Name): PackOptions[Name] | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined;
}
