import { execFile } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What rows call in their containers, from this machine. */
const programs =
  'sh cat chmod date dd echo env false grep head hostname id ln ls mkdir mount readlink rm sed seq sleep sort stat tail tee touch true wc';

/** A pause of its own: the shell is ready for SIGTERM at once, where Node would still be starting. */
const wrapper = `#!/bin/sh
if [ "$1" = pause ]; then
  trap 'exit 0' TERM
  echo Paused
  sleep infinity &
  wait
fi
exec /bin/node /agnhost/main.ts "$@"
`;

/** The image that is made here, for containers that must do something. A cluster under KUBECONFIG must be able to get it. */
export const testImage = process.env.CONFORMANCE_IMAGE ?? 'conformance:1';

/** Its own arguments tell this program from a script: what the image runs by default. */
export const imageEntrypoint = ['/bin/agnhost'];
export const imageCmd = ['pause'];

/**
 * Fills a folder with the root of the conformance image: this machine's shell and tools, the Node that runs now, and agnhost,
 * with the libraries that they load. Nothing is downloaded.
 */
export async function writeImageRoot(root: string): Promise<void> {
  for (const folder of ['bin', 'etc', 'tmp', 'agnhost']) await mkdir(join(root, folder), { recursive: true });
  await chmod(join(root, 'tmp'), 0o1777);
  const found = await run('sh', ['-c', `for p in ${programs}; do command -v $p || echo /bin/$p; done`]);
  const names = programs.split(' ');
  const paths = found.stdout
    .trim()
    .split('\n')
    .map((path, i) => (path.startsWith('/') ? path : `/bin/${names[i]}`));
  const placed = [
    ...paths.map((path, i) => [path, `bin/${names[i]}`]),
    [process.execPath, 'bin/node'],
  ] as const;
  const libraries = new Set<string>();
  for (const [path, name] of placed) {
    await copyFile(await realpath(path!), join(root, name!));
    for (const library of await librariesOf(path!)) libraries.add(library);
  }
  for (const library of libraries) {
    await mkdir(join(root, dirname(library)), { recursive: true });
    await copyFile(await realpath(library), join(root, library));
  }
  await cp(fileURLToPath(new URL('../agnhost', import.meta.url)), join(root, 'agnhost'), { recursive: true });
  await writeFile(join(root, 'agnhost/package.json'), '{"type": "module"}\n');
  await writeFile(join(root, 'bin/agnhost'), wrapper, {
    mode: 0o755,
  });
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n');
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n');
  // Who runs it becomes root, unless that is denied.
  await copyFile(join(root, 'bin/id'), join(root, 'bin/suid-id'));
  await chmod(join(root, 'bin/suid-id'), 0o4755);
  await symlink('/proc/mounts', join(root, 'etc/mtab'));
}

/** The shared objects that a program loads, its interpreter included (ldd(1)); none for a static one. */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await run('ldd', [program]).catch(() => ({ stdout: '' }));
  return [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([, path]) => path!);
}
