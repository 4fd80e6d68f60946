/** A minimal static ELF64 executable: headers, then code, in one read-and-execute segment. */

export type Architecture = 'amd64' | 'arm64';

const machines: Readonly<Record<Architecture, number>> = { amd64: 62, arm64: 183 };

const headerBytes = 64;
const programHeaderBytes = 56;
const loadAddress = 0x400000n;
/** The largest page size of arm64 kernels; smaller pages are content with it. */
const segmentAlign = 0x10000n;
const loadSegment = 1;
const stackSegment = 0x6474e551;
const readable = 4;
const writable = 2;
const executable = 1;

/** Code is loaded at a fixed address and may only address itself relatively. */
export function elfExecutable(architecture: Architecture, code: Uint8Array): Uint8Array {
  const codeAt = headerBytes + 2 * programHeaderBytes;
  const file = new Uint8Array(codeAt + code.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machines[architecture], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, loadAddress + BigInt(codeAt), true);
  view.setBigUint64(32, BigInt(headerBytes), true);
  view.setUint16(52, headerBytes, true);
  view.setUint16(54, programHeaderBytes, true);
  view.setUint16(56, 2, true);
  view.setUint16(58, 64, true);
  programHeader(view, headerBytes, loadSegment, readable | executable, file.length);
  programHeader(view, headerBytes + programHeaderBytes, stackSegment, readable | writable, 0);
  file.set(code, codeAt);
  return file;
}

function programHeader(view: DataView, at: number, type: number, flags: number, size: number): void {
  const address = type === loadSegment ? loadAddress : 0n;
  view.setUint32(at, type, true);
  view.setUint32(at + 4, flags, true);
  view.setBigUint64(at + 16, address, true);
  view.setBigUint64(at + 24, address, true);
  view.setBigUint64(at + 32, BigInt(size), true);
  view.setBigUint64(at + 40, BigInt(size), true);
  view.setBigUint64(at + 48, type === loadSegment ? segmentAlign : 16n, true);
}
