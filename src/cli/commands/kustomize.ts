import { toYaml } from '#machinery/yaml-write.ts';
import { defineCommand } from '../core/command.ts';
import { kustomizeWarner } from '../core/named-files.ts';
import { CliError } from '../errors.ts';
import { buildKustomization } from '../kustomize/build.ts';

export const kustomizeCommand = defineCommand({
  name: 'kustomize',
  usage: 'DIR',
  summary: 'Build a kustomization target from a directory or URL',
  details: `Build a set of resources using a 'kustomization.yaml' file. The DIR argument must be a path to a directory containing
'kustomization.yaml'. If DIR is omitted, '.' is assumed.`,
  examples: ['% kustomize', '% kustomize /home/config/production'],
  flags: [
    {
      name: 'output',
      short: 'o',
      type: 'string',
      help: 'If specified, write output to this path.',
    },
    {
      name: 'load-restrictor',
      type: 'string',
      default: 'LoadRestrictionsRootOnly',
      help: "if set to 'LoadRestrictionsNone', local kustomizations may load files from outside their root.",
    },
    {
      name: 'reorder',
      type: 'string',
      default: 'legacy',
      help: "Reorder the resources just before output: 'legacy' or 'none'.",
      hidden: true,
    },
    {
      name: 'enable-managedby-label',
      type: 'bool',
      help: 'enable adding app.kubernetes.io/managed-by',
      hidden: true,
    },
  ],
  run: async context => {
    const { flags, args, io } = context;
    if (args.length > 1) throw new CliError('specify one path to kustomization.yaml');
    const restrictor = flags.string('load-restrictor');
    if (restrictor !== 'LoadRestrictionsRootOnly' && restrictor !== 'LoadRestrictionsNone')
      throw new CliError(
        `illegal flag value --load-restrictor ${restrictor}; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]`,
      );
    const order = flags.string('reorder');
    if (order !== 'legacy' && order !== 'none')
      throw new CliError(`illegal flag value --reorder ${order}; legal values: [legacy none]`);
    const objects = await buildKustomization(args[0] ?? '.', {
      fs: io.fs,
      unconfined: restrictor === 'LoadRestrictionsNone',
      order,
      managedByLabel: flags.bool('enable-managedby-label'),
      warn: kustomizeWarner(io),
    });
    const path = flags.string('output');
    if (path === '') return context.out(objects.map(toYaml).join('---\n'));
    if ((await io.fs.stat(path))?.kind !== 'directory')
      return io.fs.write(path, objects.map(toYaml).join('---\n'));
    for (const object of objects) await io.fs.write(`${path}/${fileNameOf(object)}`, toYaml(object));
  },
});

/** `apps_v1_deployment_web.yaml` */
function fileNameOf({
  apiVersion,
  kind,
  metadata,
}: {
  apiVersion: string;
  kind: string;
  metadata: { name?: string };
}) {
  return `${apiVersion.replaceAll('/', '_')}_${kind}_${metadata.name}.yaml`.toLowerCase();
}
