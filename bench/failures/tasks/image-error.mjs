// @ts-check
export class ImageError extends RangeError {
  /** @override */
  name = 'ImageError';
  code = 'E_IMAGE';
  pixel = { x: 1 };
}
