// The task of the peers that load a file: piscina, tinypool.
export default (n) => n + 1;
