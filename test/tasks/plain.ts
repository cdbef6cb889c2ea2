// A module that knows nothing of polyloop.
export function shout(text: string): string {
  return `${text.toUpperCase()}!`;
}

export const whisper = async (text: string): Promise<string> => text.toLowerCase();

export const notAFunction = 7;

export default function (n: number): string {
  return `default ${n}`;
}
