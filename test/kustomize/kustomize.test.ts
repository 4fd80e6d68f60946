import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { runCli } from '#cli/index.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { nodeFs } from '#cli/node-io.ts';
import { MemoryIo } from '#cli/testing.ts';
import { systemClock, systemRandom } from '#main/system.ts';
import { hasUpstreamTools, upstreamTools } from '../kubectl.ts';
import { builds } from './builds.ts';
import { changes } from './changes.ts';
import { refusals } from './refusals.ts';

/** Each kustomization through kubectl and through ours: output, errors and exit code must be equal, byte for byte. */

const kustomizations = { ...builds, ...changes, ...refusals };
const skip = !hasUpstreamTools() && 'no kubectl for this platform';
let kubectl: string;
let folder: string;

before(async () => {
  if (skip) return;
  ({ kubectl } = await upstreamTools());
  folder = await realpath(await mkdtemp(join(tmpdir(), 'coxswain-kustomize-')));
  for (const [name, files] of Object.entries(kustomizations))
    for (const [file, text] of Object.entries(files)) {
      const path = join(folder, name, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
});

after(async () => {
  if (folder) await rm(folder, { recursive: true });
});

function theirs(directory: string): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise(resolve =>
    execFile(kubectl, ['kustomize', directory], { env: { HOME: folder } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    ),
  );
}

/** The command line with the disk beneath it. */
class DiskIo extends MemoryIo {
  override readonly fs = nodeFs('/');
}

async function ours(directory: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = new DiskIo(systemClock, systemRandom());
  const code = await runCli(['kustomize', directory], { io, connect: nodeConnect, program: 'kubectl' });
  return { code, stdout: io.output, stderr: io.errors };
}

/** Without the time and place of a line of the log, and kustomize's version. Blank lines end some of kubectl's errors. */
function normal({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) {
  return {
    code,
    stdout: stdout.replace(/kustomize-v5[\d.]+/g, 'kustomize-VERSION'),
    stderr: stderr.replace(/^I\d{4} [^\]]*\] /gm, '').trimEnd(),
  };
}

for (const name of Object.keys(kustomizations))
  test(name, { skip }, async () => {
    const directory = join(folder, name);
    assert.deepEqual(normal(await ours(directory)), normal(await theirs(directory)));
  });
