// Frames made by hand, to hold what no worker would put into one.
const headBytes = 8;
const jsonBit = 0x8000_0000;
const checkBits = 0x70_6c_6f_70;

/** A body with the head of a frame before it, which may promise more than there is. */
export function framed(body: Buffer, { isJson = false, length = body.length } = {}): Buffer {
  const frame = Buffer.alloc(headBytes + body.length);
  const head = (length | (isJson ? jsonBit : 0)) >>> 0;
  frame.writeUInt32LE(head, 0);
  frame.writeUInt32LE((head ^ checkBits) >>> 0, 4);
  body.copy(frame, headBytes);
  return frame;
}

/** What is in a frame. */
export function bodyOf(frame: Buffer): Buffer {
  return frame.subarray(headBytes);
}
