import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { randomInt, SeededRandom } from '#base/random.ts';
import { toJson } from '#cli/print/json.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { hasUpstreamTools, upstreamTools } from './kubectl.ts';

const run = promisify(execFile);
const skip = !hasUpstreamTools() && 'no kubectl for this platform';

// Next line (U+0085) is left out: Go's library writes it as it is and calls it a break.
const alphabet = [...'ab1 -:#\'"\n\t,[]{}!&*%@`|>?~.é_+eE0xoyYnN/=<\\$\r\u00a0😀'];
const words =
  '0b 0o7 0x 1_0 1e 1. . .5 -.inf .NaN y N yes TRUE Null 2001-1-1 1:2:60 0777 = << ! - -- --- ... 1e400 0x1g a: :: a#b ~';

/** Texts that tempt an emitter into every style it has, some long enough to fold. */
function texts(seed: number, count: number): string[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const length = randomInt(random, 14);
    const text = Array.from({ length }, () => alphabet[randomInt(random, alphabet.length)]!).join('');
    return randomInt(random, 10) === 0 ? text + ' word'.repeat(randomInt(random, 40)) : text;
  });
}

test('YAML and JSON are byte for byte what kubectl prints', { skip }, async () => {
  const { kubectl } = await upstreamTools();
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-yaml-'));
  try {
    const all = [...texts(1, 800), ...words.split(' ')];
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', labels: { q: 'w' } },
      data: Object.fromEntries(all.map((text, i) => [`k${i}`, text])),
    };
    const file = join(folder, 'object.json');
    await writeFile(file, JSON.stringify({ ...object, metadata: { name: 'x' } }));
    for (const [format, print] of [
      ['yaml', toYaml],
      ['json', toJson],
    ] as const) {
      const args = ['label', '--local', '-f', file, 'q=w', '-o', format];
      const { stdout } = await run(kubectl, args, { maxBuffer: 1 << 26, env: { HOME: folder } });
      assert.deepEqual(print(object).split('\n'), stdout.split('\n'));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
