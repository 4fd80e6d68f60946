import { createHmac } from 'node:crypto';

/** A detached JWS over `content` by HS256, whose key is a token that both sides know: 'header..signature'. (RFC 7515 F) */
export function detachedSignature(content: string, tokenId: string, tokenSecret: string): string {
  const header = base64Url(JSON.stringify({ alg: 'HS256', kid: tokenId }));
  const signature = createHmac('sha256', tokenSecret)
    .update(`${header}.${base64Url(content)}`)
    .digest('base64url');
  return `${header}..${signature}`;
}

function base64Url(text: string): string {
  return new TextEncoder().encode(text).toBase64({ alphabet: 'base64url', omitPadding: true });
}
