// Where the frames end of what is compressed with Zstandard, by the lengths in them. Node before 26 ends where a frame does, or fails there if its
// reader is slow, and Node 22 takes what breaks off for the end.

/** What comes next: so many bytes of a header, which say how to go on. */
interface Part {
  readonly bytes: number;
  readonly goOn: (header: Buffer) => void;
}

const magic = 0xfd2fb528;
const skippable = 0x184d2a50;
const contentSizeBytes = [0, 2, 4, 8];
const dictionaryBytes = [0, 1, 2, 4];
/** Of the same byte over and over: that byte alone is there. */
const repeated = 1;

export class ZstdFrames {
  #part: Part = { bytes: 4, goOn: (header) => this.#beginFrame(header.readUInt32LE()) };
  #header: Buffer = Buffer.alloc(0);
  #passOver = 0;
  /** Its last block has begun: what is passed over is the end of the frame. */
  #isLast = false;
  #hasChecksum = false;

  /** How much of a chunk belongs to the frame that has begun, or begins with it, and whether it ends there. Throws where it is no frame. */
  push(chunk: Buffer): { readonly bytes: number; readonly isEnd: boolean } {
    let at = 0;
    while (at < chunk.length) {
      const over = Math.min(this.#passOver, chunk.length - at);
      this.#passOver -= over;
      at += over;
      if (this.#passOver > 0) break;
      if (this.#isLast) return this.#end(at);
      const { bytes, goOn } = this.#part;
      const more = chunk.subarray(at, at + bytes - this.#header.length);
      at += more.length;
      this.#header = Buffer.concat([this.#header, more]);
      if (this.#header.length < bytes) break;
      const header = this.#header;
      this.#header = Buffer.alloc(0);
      goOn(header);
      if (this.#isLast && this.#passOver === 0) return this.#end(at);
    }
    return { bytes: at, isEnd: false };
  }

  #end(bytes: number): { readonly bytes: number; readonly isEnd: boolean } {
    this.#isLast = false;
    this.#part = { bytes: 4, goOn: (header) => this.#beginFrame(header.readUInt32LE()) };
    return { bytes, isEnd: true };
  }

  #beginFrame(begins: number): void {
    if ((begins & ~0xf) >>> 0 === skippable)
      this.#part = { bytes: 4, goOn: (header) => this.#endFrame(header.readUInt32LE()) };
    else if (begins === magic) this.#part = { bytes: 1, goOn: (header) => this.#beginBlocks(header.readUInt8()) };
    else throw new Error('something else stands behind the end of what is compressed with zstd');
  }

  #beginBlocks(descriptor: number): void {
    const isSingle = (descriptor & 0x20) !== 0;
    this.#hasChecksum = (descriptor & 0x4) !== 0;
    const size = contentSizeBytes[descriptor >> 6] ?? 0;
    this.#passOver =
      (isSingle ? 0 : 1) + (dictionaryBytes[descriptor & 0x3] ?? 0) + (isSingle && size === 0 ? 1 : size);
    this.#part = { bytes: 3, goOn: (header) => this.#beginBlock(header.readUIntLE(0, 3)) };
  }

  #beginBlock(block: number): void {
    const isLast = (block & 1) === 1;
    const size = ((block >> 1) & 0x3) === repeated ? 1 : block >> 3;
    if (isLast) this.#endFrame(size + (this.#hasChecksum ? 4 : 0));
    else this.#passOver = size;
  }

  /** So many bytes behind. */
  #endFrame(bytes: number): void {
    this.#isLast = true;
    this.#passOver = bytes;
  }
}
