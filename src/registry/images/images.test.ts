import assert from 'node:assert/strict';
import { chmod, link, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { readImageArchive } from './archive.ts';
import { buildImage } from './build.ts';
import { parseImageTable } from './containerd-images.ts';
import { isReference, normalizeReference } from '#machinery/image-reference.ts';

const folder = await mkdtemp(join(tmpdir(), 'coxswain-images-'));
after(() => rm(folder, { recursive: true }));

interface Entry {
  readonly type: string;
  readonly mode: number;
  readonly owner: string;
  readonly linkname: string;
  readonly content: Buffer;
}

async function readTar(bytes: Buffer): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const tar = extract();
  const read = async () => {
    for await (const entry of tar) {
      const { name, type, mode, uid, gid, linkname } = entry.header;
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      entries.set(name, {
        type: type!,
        mode: mode!,
        owner: `${uid}:${gid}`,
        linkname: linkname ?? '',
        content: Buffer.concat(chunks),
      });
    }
  };
  await Promise.all([read(), pipeline(Readable.from([bytes]), tar)]);
  return entries;
}

async function rootfs(): Promise<string> {
  const root = await mkdtemp(join(folder, 'rootfs-'));
  await mkdir(join(root, 'bin'));
  await writeFile(join(root, 'bin', 'tool'), 'binary');
  await chmod(join(root, 'bin', 'tool'), 0o755);
  await link(join(root, 'bin', 'tool'), join(root, 'bin', 'twin'));
  await symlink('tool', join(root, 'bin', 'alias'));
  await writeFile(join(root, 'motd'), '');
  return root;
}

test('a folder becomes an OCI layout with one layer', async () => {
  const output = join(folder, 'web.tar');
  const built = await buildImage({ folder: await rootfs() }, output, {
    name: 'web',
    architecture: 'amd64',
    entrypoint: ['/bin/tool'],
    cmd: ['--serve'],
    env: ['A=1'],
    workdir: '/srv',
    user: '7',
    exposedPorts: ['80', '53/udp'],
  });
  const tar = await readTar(await readFile(output));
  const json = (digest: string) =>
    JSON.parse(tar.get(`blobs/${digest.replace(':', '/')}`)!.content.toString()) as never;
  const manifest = json(built.digest) as { config: { digest: string }; layers: { digest: string }[] };
  const config = json(manifest.config.digest) as { config: unknown; rootfs: { diff_ids: string[] } };
  assert.deepEqual(config.config, {
    User: '7',
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'A=1'],
    Entrypoint: ['/bin/tool'],
    Cmd: ['--serve'],
    WorkingDir: '/srv',
  });
  const packed = tar.get(`blobs/${manifest.layers[0]!.digest.replace(':', '/')}`)!.content;
  assert.equal(packed[9], 255);
  const layer = await readTar(gunzipSync(packed));
  assert.deepEqual([...layer.keys()], ['bin/', 'bin/alias', 'bin/tool', 'bin/twin', 'motd']);
  assert.equal(layer.get('bin/alias')!.linkname, 'tool');
  assert.deepEqual([layer.get('bin/twin')!.type, layer.get('bin/twin')!.linkname], ['link', 'bin/tool']);
  assert.deepEqual([layer.get('bin/tool')!.mode, layer.get('bin/tool')!.owner], [0o755, '0:0']);
  assert.equal(layer.get('bin/tool')!.content.toString(), 'binary');
  assert.deepEqual(await readImageArchive(output), {
    format: 'oci',
    gzip: false,
    names: ['docker.io/library/web:latest'],
  });
});

test('the same folder gives the same bytes', async () => {
  const outputs: Buffer[] = [];
  for (const name of ['one.tar', 'two.tar']) {
    await buildImage({ folder: await rootfs() }, join(folder, name), { name: 'x', architecture: 'arm64' });
    outputs.push(await readFile(join(folder, name)));
  }
  assert.ok(outputs[0]!.equals(outputs[1]!));
});

test('a build names what is wrong with its input', async () => {
  const output = join(folder, 'bad.tar');
  await assert.rejects(
    buildImage({ folder: '/etc/hosts' }, output, { name: 'x', architecture: 'amd64' }),
    /\/etc\/hosts is not a folder/,
  );
  await assert.rejects(
    buildImage({ folder }, output, { name: 'Not An Image', architecture: 'amd64' }),
    /"Not An Image" is not an image name/,
  );
  await assert.rejects(readFile(`${output}.layer`), /ENOENT/);
});

async function archiveWith(files: Record<string, string>): Promise<string> {
  const tar = pack();
  for (const [name, content] of Object.entries(files)) tar.entry({ name }, content);
  tar.finalize();
  const path = join(await mkdtemp(join(folder, 'archive-')), 'image.tar');
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  await writeFile(path, Buffer.concat(chunks));
  return path;
}

test('docker save archives are read', async () => {
  const manifest = JSON.stringify([
    { Config: 'c.json', RepoTags: ['web:2', 'r.example:5000/a/b:1'], Layers: [] },
  ]);
  assert.deepEqual(await readImageArchive(await archiveWith({ 'manifest.json': manifest })), {
    format: 'docker',
    gzip: false,
    names: ['docker.io/library/web:2', 'r.example:5000/a/b:1'],
  });
});

test('what is no image archive is refused in one line', async () => {
  const garbage = join(folder, 'garbage');
  await writeFile(garbage, Buffer.alloc(4096, 7));
  await assert.rejects(readImageArchive(garbage), /garbage is not an image archive: /);
  await assert.rejects(readImageArchive(await archiveWith({ 'README.md': 'hi' })), /neither a manifest.json/);
  await assert.rejects(readImageArchive(await archiveWith({ 'manifest.json': '{' })), /not an image archive/);
  await assert.rejects(readImageArchive(join(folder, 'absent')), /ENOENT/);
});

test('references are completed as CRI does', () => {
  const cases = {
    web: 'docker.io/library/web:latest',
    'web:2': 'docker.io/library/web:2',
    'me/web': 'docker.io/me/web:latest',
    'index.docker.io/web': 'docker.io/library/web:latest',
    'localhost/web': 'localhost/web:latest',
    'r.example:5000/web': 'r.example:5000/web:latest',
  };
  for (const [short, full] of Object.entries(cases)) assert.equal(normalizeReference(short), full);
  const digest = `web@sha256:${'0'.repeat(64)}`;
  assert.equal(normalizeReference(digest), `docker.io/library/${digest}`);
  for (const good of ['a', 'a/b', 'r.example:5000/a_b:T-1.x', 'a__b--c']) assert.ok(isReference(good), good);
  for (const bad of ['', 'A', 'a b', '-a', 'a:', 'a/', 'a@sha256:xyz', '--all', 'a'.repeat(250)]) {
    assert.ok(!isReference(bad), bad);
  }
});

test("the table of ctr's images is read by its headings", () => {
  const table = [
    'REF          TYPE                                       DIGEST    SIZE    PLATFORMS   LABELS',
    'a.io/b:1     application/vnd.oci.image.manifest.v1+json sha256:12 1.2 MiB linux/amd64 io.cri-containerd.image=managed',
  ].join('\n');
  const [row] = parseImageTable(table);
  assert.deepEqual(
    [row?.name, row?.digest, row?.size, row?.platforms],
    ['a.io/b:1', 'sha256:12', '1.2 MiB', 'linux/amd64'],
  );
  assert.deepEqual(parseImageTable(''), []);
});
