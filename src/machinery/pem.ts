/** PEM (RFC 7468) as Go's encoding/pem reads it: what is no block is passed over. */

export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly der: Uint8Array;
}

const pattern =
  /^-----BEGIN ([^\n]*?)-----[ \t]*\r?\n((?:(?!^-----BEGIN )[\s\S])*?)^-----END \1-----[ \t]*\r?$/gm;
const header = /^[^\n:]+:.*$/gm;

/** The blocks of a text, in order; those whose body is no base64 are left out. */
export function pemBlocks(text: string): PemBlock[] {
  return [...text.matchAll(pattern)].flatMap(([, type = '', body = '']) => {
    const base64 = body.replace(header, '').replace(/\s/g, '');
    const der = decode(base64);
    return der ? [{ type, hasHeaders: body.includes(':'), der }] : [];
  });
}

function decode(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(base64);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
