/**
 * Input that is no object of its type. The message is the one that upstream's decoders give; who answers the
 * client wraps it ("Pod in version "v1" cannot be handled as a Pod: …").
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** The same in the words of upstream's converter, which reads what a strategic merge patch has made. */
  readonly converted: string;
  /** What the input says that it is, where that was read before what is wrong with it. */
  readonly claim: { readonly apiVersion: string; readonly kind: string } | undefined;

  constructor(message: string, converted = message, claim?: DecodeError['claim']) {
    super(message);
    this.converted = converted;
    this.claim = claim;
  }
}
