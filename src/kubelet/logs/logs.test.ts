import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryFs } from '../host/memory-host.ts';
import { LineSplitter, parseLogLine } from './cri-format.ts';
import { CriLogReader, type LogOptions } from './reader.ts';

const path = '/0.log';
const line = (n: number, text: string, stream = 'stdout', tag = 'F') =>
  `2026-01-01T00:00:0${n}.000000000Z ${stream} ${tag} ${text}\n`;

async function read(fs: MemoryFs, options: LogOptions): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of new CriLogReader(fs, path).read(options)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function logOf(...lines: string[]): Promise<MemoryFs> {
  const fs = new MemoryFs();
  await fs.writeFile(path, lines.join(''));
  return fs;
}

test('shows what was asked for', async () => {
  const fs = await logOf(
    line(1, 'a'),
    line(2, 'par', 'stdout', 'P'),
    line(3, 'tial'),
    line(4, 'err', 'stderr'),
    line(5, 'z'),
  );
  const cases: [LogOptions, string][] = [
    [{}, 'a\npartial\nerr\nz\n'],
    [{ tailLines: 2 }, 'err\nz\n'],
    [{ tailLines: 0 }, ''],
    [{ tailLines: 99 }, 'a\npartial\nerr\nz\n'],
    [{ stream: 'stderr' }, 'err\n'],
    [{ limitBytes: 4 }, 'a\npa'],
    [{ sinceMs: Date.UTC(2026, 0, 1, 0, 0, 4) }, 'err\nz\n'],
    [{ tailLines: 1, timestamps: true }, '2026-01-01T00:00:05.000000000Z z\n'],
    [
      { tailLines: 4, timestamps: true },
      '2026-01-01T00:00:02.000000000Z partial\n2026-01-01T00:00:04.000000000Z err\n2026-01-01T00:00:05.000000000Z z\n',
    ],
  ];
  for (const [options, expected] of cases)
    assert.equal(await read(fs, options), expected, JSON.stringify(options));
});

test('shows no more lines than were asked for, whatever is written meanwhile', async () => {
  class BusyFs extends MemoryFs {
    override async read(path: string, offset: number, length: number) {
      const bytes = await super.read(path, offset, length);
      await this.writeFile(path, line(1, 'a') + line(2, 'b') + line(3, 'c'));
      return bytes;
    }
  }
  const fs = new BusyFs();
  await fs.writeFile(path, line(1, 'a') + line(2, 'b'));
  assert.equal(await read(fs, { tailLines: 1 }), 'b\n');
});

test('a missing log is empty', async () => {
  assert.equal(await read(new MemoryFs(), { tailLines: 5 }), '');
});

test('follows what is written, over a rotation, to the end of the container', async () => {
  const fs = await logOf(line(1, 'one'));
  const steps = [
    () => fs.writeFile(path, line(1, 'one') + line(2, 'two')),
    () => fs.writeFile(path, line(3, 'new')),
    async () => {},
  ];
  let texts = '';
  const seams = { wait: async () => steps.shift()!(), alive: async () => steps.length > 0 };
  for await (const chunk of new CriLogReader(fs, path).read({ follow: true }, seams))
    texts += Buffer.from(chunk);
  assert.equal(texts, 'one\ntwo\nnew\n');
});

test('no line breaks the reader, and cuts do not matter', () => {
  fc.assert(
    fc.property(fc.uint8Array(), bytes => {
      const entry = parseLogLine(bytes);
      assert.ok(entry === undefined || entry.content.length <= bytes.length + 1);
    }),
  );
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z ]{0,10}$/)),
      fc.integer({ min: 1, max: 7 }),
      (lines, size) => {
        const bytes = Buffer.from(lines.map(text => `${text}\n`).join(''));
        const splitter = new LineSplitter();
        const out: string[] = [];
        for (let at = 0; at < bytes.length; at += size) {
          for (const piece of splitter.push(bytes.subarray(at, at + size)))
            out.push(Buffer.from(piece).toString());
        }
        assert.deepEqual(out, lines);
      },
    ),
  );
});
