import { mkdtemp, rm } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { defineCommand } from '#cli/core/command.ts';
import type { CliContext } from '#cli/core/context.ts';
import { CliError } from '#cli/errors.ts';
import { buildImage } from '#registry/images/build.ts';
import type { ContainerdImages } from '#registry/images/containerd-images.ts';
import { clusterFlags, pathsOf } from './cluster-flags.ts';

const importCommand = defineCommand({
  name: 'import',
  usage: 'FILE',
  summary: 'Import a docker save or OCI layout tar into the cluster.',
  flags: [
    ...clusterFlags,
    { name: 'tag', short: 't', type: 'string', help: 'Name of the image. Default: the one in the file.' },
  ],
  run: async context => {
    const [file] = context.args;
    if (!file || context.args.length > 1) throw new CliError('error: name one file');
    const name = context.flags.string('tag');
    const names = await (await images(context)).import(resolve(file), {
      ...(name ? { name } : {}),
      pinned: true,
    });
    for (const imported of names) context.out(`${imported}\n`);
    return 0;
  },
});

const listCommand = defineCommand({
  name: 'ls',
  aliases: ['list'],
  summary: 'List the images that the cluster has.',
  flags: clusterFlags,
  run: async context => {
    const listed = await (await images(context)).list();
    const width = Math.max(4, ...listed.map(image => image.name.length)) + 3;
    context.out(`${'NAME'.padEnd(width)}SIZE\n`);
    for (const image of listed) context.out(`${image.name.padEnd(width)}${image.size}\n`);
    return 0;
  },
});

const removeCommand = defineCommand({
  name: 'rm',
  aliases: ['remove'],
  usage: 'NAME...',
  summary: 'Remove images. What was built or imported stays until then.',
  flags: clusterFlags,
  run: async context => {
    if (context.args.length === 0) throw new CliError('error: name an image');
    const store = await images(context);
    for (const name of context.args) context.out(`${await store.remove(name)}\n`);
    return 0;
  },
});

const buildCommand = defineCommand({
  name: 'build',
  usage: 'DIR',
  summary: 'Make an image of a folder, which becomes its root file system, and import it.',
  examples: ["% image build rootfs -t web:1 --entrypoint /bin/httpd --cmd '-f,-p,8080'"],
  flags: [
    ...clusterFlags,
    { name: 'tag', short: 't', type: 'string', help: "Name of the image. Default: the folder's." },
    { name: 'entrypoint', type: 'list', help: 'Program to run, with its first arguments, split at commas.' },
    {
      name: 'cmd',
      type: 'list',
      help: 'Arguments, split at commas; the default command where there is no entrypoint.',
    },
    { name: 'env', type: 'array', help: 'NAME=VALUE, may repeat.' },
    { name: 'workdir', type: 'string', help: 'Working folder.' },
    { name: 'user', type: 'string', help: 'User, or user:group.' },
    {
      name: 'output',
      short: 'o',
      type: 'string',
      help: 'Write an OCI layout tar here instead of importing it.',
    },
  ],
  run: build,
});

async function build(context: CliContext): Promise<number> {
  const [folder] = context.args;
  if (!folder || context.args.length > 1) throw new CliError('error: name one folder');
  const { flags } = context;
  const name = flags.string('tag') || basename(resolve(folder));
  const output = flags.string('output');
  const scratch = await mkdtemp(join(tmpdir(), 'coxswain-image-'));
  const file = output ? resolve(output) : join(scratch, 'image.tar');
  const list = (flag: string) => (flags.list(flag).length > 0 ? { [flag]: flags.list(flag) } : {});
  try {
    await buildImage({ folder: resolve(folder) }, file, {
      name,
      architecture: arch() === 'arm64' ? 'arm64' : 'amd64',
      ...list('entrypoint'),
      ...list('cmd'),
      ...list('env'),
      ...(flags.string('workdir') ? { workdir: flags.string('workdir') } : {}),
      ...(flags.string('user') ? { user: flags.string('user') } : {}),
    });
    if (output) context.out(`${file}\n`);
    else
      for (const imported of await (await images(context)).import(file, { pinned: true }))
        context.out(`${imported}\n`);
    return 0;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function images(context: CliContext): Promise<ContainerdImages> {
  const paths = pathsOf(context);
  const { openImages } = await import('../real-node.ts');
  const opened = await openImages(paths, context.io.clock);
  if (!opened)
    throw new CliError(
      `error: cluster ${paths.name} has no container engine running: start it first with '${context.program} up'`,
    );
  return opened;
}

export const imageCommand = defineCommand({
  name: 'image',
  summary: "Import, list, build and remove the cluster's images.",
  subcommands: [buildCommand, importCommand, listCommand, removeCommand],
});
