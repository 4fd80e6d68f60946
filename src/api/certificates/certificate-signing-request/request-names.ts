import { elementsOf, readElement } from './asn1.ts';

const sequence = 0x30;
const [email, dnsName, uri, address] = [0x81, 0x82, 0x86, 0x87] as const;
/** Names that are texts, as Go's messages call them. */
const textNames = new Map<number, string>([
  [email, 'rfc822Name'],
  [dnsName, 'dNSName'],
  [uri, 'uniformResourceIdentifier'],
]);

/** What Go's x509 finds wrong with the names of a subjectAltName; what a URI says is not looked at. */
export function alternativeNamesProblem(der: Uint8Array): string | undefined {
  const outer = readElement(der);
  if (outer?.tag !== sequence) return 'x509: invalid subject alternative names';
  const names = elementsOf(outer.content);
  for (const { tag, content } of names) {
    const text = textNames.get(tag);
    if (text && content.some(byte => byte > 0x7f)) return `x509: SAN ${text} is malformed`;
    if (tag === address && content.length !== 4 && content.length !== 16)
      return `x509: cannot parse IP address of length ${content.length}`;
  }
  const length = names.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return length < outer.content.length ? 'x509: invalid subject alternative name' : undefined;
}
