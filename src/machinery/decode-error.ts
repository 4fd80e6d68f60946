/**
 * Input that is no object of its type. The message is the one that upstream's decoders give; who answers the
 * client wraps it ("Pod in version "v1" cannot be handled as a Pod: …").
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** The same in the words of upstream's converter, which reads what a strategic merge patch has made. */
  readonly converted: string;

  constructor(message: string, converted = message) {
    super(message);
    this.converted = converted;
  }
}
