import { clientVersion } from '../core/client-version.ts';
import { defineCommand } from '../core/command.ts';
import { explainFailure } from '../errors.ts';
import { toJson } from '../print/json.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import { CliError } from '../errors.ts';
import { kustomizeVersion } from '../kustomize/build.ts';

export const versionCommand = defineCommand({
  name: 'version',
  summary: 'Print the client and server version information for the current context.',
  flags: [
    { name: 'client', type: 'bool', help: 'If true, shows client version only (no server required).' },
    { name: 'output', short: 'o', type: 'string', help: "One of 'yaml' or 'json'." },
  ],
  run: async context => {
    const output = context.flags.string('output');
    if (!['', 'json', 'yaml'].includes(output)) throw new CliError(`--output must be 'yaml' or 'json'`);
    let serverVersion: { gitVersion?: string } | undefined;
    let failure: unknown;
    if (!context.flags.bool('client'))
      try {
        const api = await context.api();
        serverVersion = (await api.request({ method: 'GET', path: '/version' })) as { gitVersion?: string };
      } catch (error) {
        failure = error;
      }
    const versions = { clientVersion, kustomizeVersion, ...(serverVersion ? { serverVersion } : {}) };
    if (output === 'json') context.out(toJson(versions, '  '));
    else if (output === 'yaml') context.out(toYaml(versions));
    else {
      context.out(`Client Version: ${clientVersion.gitVersion}\nKustomize Version: ${kustomizeVersion}\n`);
      if (serverVersion) context.out(`Server Version: ${serverVersion.gitVersion}\n`);
    }
    if (failure === undefined) return 0;
    context.error(`${explainFailure(failure, context.server).text}\n`);
    return 1;
  },
});
