/**
 * Input that is no object of its type. The message is the one that upstream's decoders give; who answers the
 * client wraps it ("Pod in version "v1" cannot be handled as a Pod: …").
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}
