import { customResourceDefinitions } from '#api/generated/refs.ts';
import type { CustomResourceDefinition } from '#api/generated/types/apiextensions.v1.ts';
import { defineCommand } from '#cli/core/command.ts';
import type { CliContext } from '#cli/core/context.ts';
import { readManifests } from '#cli/core/manifests.ts';
import { CliError } from '#cli/errors.ts';
import { generateTypes } from '../generate/types.ts';

const typesCommand = defineCommand({
  name: 'types',
  usage: '[FILE …]',
  summary: 'Write TypeScript types and refs of CustomResourceDefinitions.',
  details:
    'The definitions come from files, folders or URLs, or from the cluster (--crd). Other objects of a file are left out.',
  examples: [
    '% generate types crd.yaml -o website.ts',
    '% generate types --crd websites.example.com --crd pages.example.com',
  ],
  flags: [
    { name: 'crd', type: 'list', help: 'Name of a definition in the cluster; may repeat.' },
    { name: 'output', short: 'o', type: 'string', help: 'File to write. Default: standard output.' },
  ],
  run: async context => {
    const definitions = [...(await fromFiles(context)), ...(await fromCluster(context))];
    if (definitions.length === 0) throw context.usageError('error: name a file, or a definition with --crd');
    const text = generateTypes(definitions);
    const output = context.flags.string('output');
    if (output) await context.io.fs.write(output, text);
    else context.out(text);
  },
});

async function fromFiles({ io, args }: CliContext): Promise<CustomResourceDefinition[]> {
  if (args.length === 0) return [];
  const objects = (await readManifests(io, args)).map(({ object }) => object);
  const found = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
  if (found.length === 0)
    throw new CliError(`error: there is no CustomResourceDefinition in ${args.join(', ')}`);
  const old = found.find(({ apiVersion }) => apiVersion !== 'apiextensions.k8s.io/v1');
  if (old)
    throw new CliError(
      `error: ${old.metadata.name} is of ${old.apiVersion}: only apiextensions.k8s.io/v1 is known`,
    );
  return found as CustomResourceDefinition[];
}

async function fromCluster(context: CliContext): Promise<CustomResourceDefinition[]> {
  const names = context.flags.list('crd');
  if (names.length === 0) return [];
  const client = await context.client();
  return Promise.all(names.map(name => client.get(customResourceDefinitions, '', name)));
}

export const generateCommand = defineCommand({
  name: 'generate',
  summary: 'Generate code for extensions.',
  subcommands: [typesCommand],
});
