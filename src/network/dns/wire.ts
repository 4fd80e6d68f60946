/** DNS messages (RFC 1035, 6891): only as much as a server of few record types needs. */

export const recordTypes = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
} as const;
export const optType = 41;
export const internetClass = 1;

export const rcodes = {
  noError: 0,
  formatError: 1,
  serverFailure: 2,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;

interface Owned {
  /** Lower case, without the last dot. */
  readonly name: string;
  readonly ttl: number;
}

export type DnsRecord =
  | (Owned & { readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'NS' | 'TXT'; readonly data: string })
  | (Owned & {
      readonly type: 'SRV';
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    })
  | (Owned & {
      readonly type: 'SOA';
      readonly mname: string;
      readonly rname: string;
      readonly serial: number;
      readonly refresh: number;
      readonly retry: number;
      readonly expire: number;
      readonly minimum: number;
    });

export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  readonly checkingDisabled: boolean;
  /** Lower case, without the last dot; '' is the root. A dot or backslash in a label has a backslash before it. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as the client wrote it. */
  readonly question: Uint8Array;
  readonly edns:
    | { readonly udpBytes: number; readonly version: number; readonly dnssecOk: boolean }
    | undefined;
}

/** A message that is answered with an error alone. */
export interface BadQuery {
  readonly id: number;
  readonly rcode: number;
}

export const headerBytes = 12;
export const responseFlag = 0x8000;
export const authoritativeFlag = 0x0400;
export const truncatedFlag = 0x0200;
export const recursionDesiredFlag = 0x0100;
export const recursionAvailableFlag = 0x0080;
export const checkingDisabledFlag = 0x0010;
export const pointerBits = 0xc0;
export const nameBytesMax = 255;
export const labelBytesMax = 63;
export const dnssecOkFlag = 0x8000;

/** Splits a name into its labels, as `readName` joined them. */
export function labelsOf(name: string): string[] {
  return name.match(/(?:\\[\s\S]|[^.\\])+/g) ?? [];
}

export function viewOf(message: Uint8Array): DataView {
  return new DataView(message.buffer, message.byteOffset, message.byteLength);
}

export interface ResponseBody {
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  readonly additionals: readonly DnsRecord[];
}
