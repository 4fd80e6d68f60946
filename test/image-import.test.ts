import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import { buildImage } from '#registry/images/build.ts';
import { pauseImageName } from '#registry/images/pause-image.ts';
import { engineSkipReason, openTestEngine } from './engine.ts';

async function filesOf(path: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const tar = extract();
  const read = async () => {
    for await (const entry of tar) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      files.set(entry.header.name, Buffer.concat(chunks));
    }
  };
  await Promise.all([read(), pipeline(Readable.from([await readFile(path)]), tar)]);
  return files;
}

async function tarOf(files: ReadonlyMap<string, Buffer>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of files) tar.entry({ name }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The same image as `docker save` writes it. */
async function asDockerSave(ociFile: string, repoTag: string): Promise<Buffer> {
  const files = await filesOf(ociFile);
  const blob = (digest: string) => files.get(`blobs/${digest.replace(':', '/')}`)!;
  const index = JSON.parse(files.get('index.json')!.toString());
  const manifest = JSON.parse(blob(index.manifests[0].digest).toString());
  const saved = [{ Config: 'config.json', RepoTags: [repoTag], Layers: ['0/layer.tar'] }];
  return tarOf(
    new Map([
      ['config.json', blob(manifest.config.digest)],
      ['0/layer.tar', gunzipSync(blob(manifest.layers[0].digest))],
      ['manifest.json', Buffer.from(JSON.stringify(saved))],
    ]),
  );
}

async function withoutNames(ociFile: string): Promise<Buffer> {
  const files = await filesOf(ociFile);
  const index = JSON.parse(files.get('index.json')!.toString());
  delete index.manifests[0].annotations;
  return tarOf(new Map([...files, ['index.json', Buffer.from(JSON.stringify(index))]]));
}

test('archives of every kind are imported, and pods see them', {
  skip: await engineSkipReason(),
}, async () => {
  const { engine, images, folder, close } = await openTestEngine('imp', '10.201.14.0/24');
  const { runtime } = engine;
  try {
    const architecture = arch() === 'arm64' ? 'arm64' : 'amd64';
    const oci = join(folder, 'oci.tar');
    const files = [{ name: 'hello', mode: 0o644, content: Buffer.from('hi') }];
    await buildImage({ files }, oci, { name: 'one:1', architecture, user: '7' });
    assert.deepEqual(await images.import(oci), ['docker.io/library/one:1']);
    assert.equal((await runtime.imageStatus('one:1'))?.uid, 7);

    const docker = join(folder, 'docker.tar.gz');
    await writeFile(docker, gzipSync(await asDockerSave(oci, 'two:2')));
    assert.deepEqual(await images.import(docker), ['docker.io/library/two:2']);
    assert.ok(await runtime.imageStatus('two:2'));

    const nameless = join(folder, 'nameless.tar');
    await writeFile(nameless, await withoutNames(oci));
    await assert.rejects(images.import(nameless), /does not name its image/);
    assert.deepEqual(await images.import(nameless, { name: 'three' }), ['docker.io/library/three:latest']);
    assert.ok(await runtime.imageStatus('three'));

    assert.deepEqual(await images.import(oci, { name: 'r.example:5000/four:4' }), ['r.example:5000/four:4']);
    assert.ok(await runtime.imageStatus('r.example:5000/four:4'));

    const broken = join(folder, 'broken.tar');
    await writeFile(broken, (await readFile(oci)).subarray(0, 3000));
    await assert.rejects(images.import(broken), Error);

    const names = (await images.list()).map(image => image.name);
    for (const name of ['docker.io/library/one:1', 'r.example:5000/four:4', pauseImageName]) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(names.every(name => !name.startsWith('sha256:')));
    await runtime.removeImage('three');
    assert.equal(await runtime.imageStatus('three'), undefined);
  } finally {
    await engine.leave();
    await close();
  }
});
