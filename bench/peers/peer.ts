// What every peer can be asked for: a pool of two workers that adds one to a number.

export type PeerTransport = 'thread' | 'process';

export interface Peer {
  readonly name: string;
  readonly transport: PeerTransport;
  /** Starts the workers and waits until each has run a task. */
  open(): Promise<OpenPeer>;
}

export interface OpenPeer {
  /** Runs the task once. */
  run(n: number): Promise<number>;
  /** Runs it for each input; where the peer has a way of its own, by that. */
  map?(inputs: readonly number[]): Promise<number[]>;
  close(): Promise<unknown>;
}

export const workers = 2;
