// The life of a map.

/** `stopping`: no more is pulled, what runs was told to end, and the map waits until all of it has.
 *  `failed`: all of it has ended, and the next read is told why. */
export type MapState = 'idle' | 'running' | 'stopping' | 'failed' | 'ended';
