import { loadPki } from '#apiserver/pki/pki-files.ts';
import { defineCommand } from '#cli/core/command.ts';
import { CliError } from '#cli/errors.ts';
import { readRecord } from '../cluster-record.ts';
import { kubeconfigOf } from '../kubeconfig.ts';
import { runningServer } from '../process.ts';
import { clusterFlags, pathsOf } from './cluster-flags.ts';

export const kubeconfigCommand = defineCommand({
  name: 'kubeconfig',
  summary: "Print the administrator's kubeconfig.",
  flags: clusterFlags,
  run: async context => {
    const paths = pathsOf(context);
    const record = await readRecord(paths);
    const port = (await runningServer(paths))?.port || record?.port;
    if (port === undefined) throw new CliError(`error: there is no cluster ${paths.name}`);
    context.out(kubeconfigOf(paths.name, port, await loadPki(paths.pki)));
    return 0;
  },
});
