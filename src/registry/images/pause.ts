import { type Architecture, elfExecutable } from './elf.ts';

/**
 * The program of every pod's sandbox, as machine code: it blocks SIGINT, SIGTERM and SIGCHLD, reaps every child
 * that was left to it (it is process 1 of a shared PID namespace), and leaves on SIGINT or SIGTERM. Signals are
 * waited for, not handled, so there is no race between a signal and the wait.
 */

const sigint = 2;
const sigterm = 15;
const sigchld = 17;
const signalMask = (1 << (sigint - 1)) | (1 << (sigterm - 1)) | (1 << (sigchld - 1));
const signalSetBytes = 8;
const wnohang = 1;

interface Fixup {
  readonly at: number;
  readonly label: string;
  readonly patch: (view: DataView, at: number, distance: number) => void;
}

/** Bytes with labels: a reference to a label is patched with its distance from the reference. */
class Assembler {
  readonly #bytes: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #fixups: Fixup[] = [];

  emit(...bytes: number[]): this {
    this.#bytes.push(...bytes);
    return this;
  }

  word(value: number): this {
    return this.emit(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff);
  }

  label(name: string): this {
    this.#labels.set(name, this.#bytes.length);
    return this;
  }

  /** `patch` is applied at the place where the assembler stands now. */
  reference(label: string, patch: Fixup['patch']): this {
    this.#fixups.push({ at: this.#bytes.length, label, patch });
    return this;
  }

  finish(): Uint8Array {
    const code = Uint8Array.from(this.#bytes);
    const view = new DataView(code.buffer);
    for (const { at, label, patch } of this.#fixups) patch(view, at, this.#labels.get(label)! - at);
    return code;
  }
}

/** Two's complement in 32 bits, as in the operands of both machines. */
const signalMaskBytes = (code: Assembler) => code.label('mask').word(signalMask).word(0);

class Amd64 extends Assembler {
  /** mov r32, imm32 for the registers of system call number and arguments. */
  set(register: 'eax' | 'edi' | 'esi' | 'edx' | 'r10d', value: number): this {
    const opcodes = { eax: [0xb8], edi: [0xbf], esi: [0xbe], edx: [0xba], r10d: [0x41, 0xba] };
    return this.emit(...opcodes[register]).word(value);
  }

  /** lea r64, [rip + label] */
  address(register: 'rdi' | 'rsi', label: string): this {
    const modrm = register === 'rdi' ? 0x3d : 0x35;
    this.emit(0x48, 0x8d, modrm).reference(label, (view, at, distance) =>
      view.setInt32(at, distance - 4, true),
    );
    return this.word(0);
  }

  /** cmp eax, imm8; je label */
  jumpIfEqual(value: number, label: string): this {
    return this.emit(0x83, 0xf8, value).jump(0x74, label);
  }

  /** A short jump. */
  jump(opcode: number, label: string): this {
    this.emit(opcode).reference(label, (view, at, distance) => view.setInt8(at, distance - 1));
    return this.emit(0);
  }

  syscall(): this {
    return this.emit(0x0f, 0x05);
  }
}

function amd64Code(): Uint8Array {
  const code = new Amd64();
  const jmp = 0xeb;
  const jg = 0x7f;
  code
    .set('eax', 14)
    .set('edi', 0)
    .address('rsi', 'mask')
    .set('edx', 0)
    .set('r10d', signalSetBytes)
    .syscall();
  code.label('reap');
  code
    .set('eax', 61)
    .emit(0x48, 0xc7, 0xc7)
    .word(-1)
    .set('esi', 0)
    .set('edx', wnohang)
    .set('r10d', 0)
    .syscall();
  code.emit(0x85, 0xc0).jump(jg, 'reap');
  code.label('wait');
  code
    .set('eax', 128)
    .address('rdi', 'mask')
    .set('esi', 0)
    .set('edx', 0)
    .set('r10d', signalSetBytes)
    .syscall();
  code.jumpIfEqual(sigchld, 'reap').jumpIfEqual(sigint, 'exit').jumpIfEqual(sigterm, 'exit');
  code.jump(jmp, 'wait');
  code.label('exit').set('eax', 231).set('edi', 0).syscall();
  signalMaskBytes(code);
  return code.finish();
}

class Arm64 extends Assembler {
  /** movz x, #value */
  set(register: number, value: number): this {
    return this.word(0xd2800000 | (value << 5) | register);
  }

  /** movn x, #0 */
  setMinusOne(register: number): this {
    return this.word(0x92800000 | register);
  }

  /** adr x, label */
  address(register: number, label: string): this {
    this.reference(label, (view, at, distance) => {
      const low = (distance & 3) << 29;
      const high = ((distance >> 2) & 0x7ffff) << 5;
      view.setInt32(at, low | 0x10000000 | high | register, true);
    });
    return this.word(0);
  }

  /** cmp x0, #value */
  compare(value: number): this {
    return this.word(0xf100001f | (value << 10));
  }

  /** b.eq (0) or b.gt (12) */
  jumpIf(condition: 0 | 12, label: string): this {
    this.reference(label, (view, at, distance) =>
      view.setInt32(at, 0x54000000 | (((distance >> 2) & 0x7ffff) << 5) | condition, true),
    );
    return this.word(0);
  }

  jump(label: string): this {
    this.reference(label, (view, at, distance) =>
      view.setInt32(at, 0x14000000 | ((distance >> 2) & 0x3ffffff), true),
    );
    return this.word(0);
  }

  syscall(number: number): this {
    return this.set(8, number).word(0xd4000001);
  }
}

function arm64Code(): Uint8Array {
  const code = new Arm64();
  const equal = 0;
  const greater = 12;
  code.set(0, 0).address(1, 'mask').set(2, 0).set(3, signalSetBytes).syscall(135);
  code.label('reap').setMinusOne(0).set(1, 0).set(2, wnohang).set(3, 0).syscall(260);
  code.compare(0).jumpIf(greater, 'reap');
  code.label('wait').address(0, 'mask').set(1, 0).set(2, 0).set(3, signalSetBytes).syscall(137);
  for (const [signal, label] of [
    [sigchld, 'reap'],
    [sigint, 'exit'],
    [sigterm, 'exit'],
  ] as const) {
    code.compare(signal).jumpIf(equal, label);
  }
  code.jump('wait');
  code.label('exit').set(0, 0).syscall(94);
  signalMaskBytes(code);
  return code.finish();
}

/** The pause executable for an architecture. */
export function pauseExecutable(architecture: Architecture): Uint8Array {
  return elfExecutable(architecture, architecture === 'amd64' ? amd64Code() : arm64Code());
}
