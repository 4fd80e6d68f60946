import { apiVersionOf } from '#machinery/object.ts';
import { defineCommand } from '../core/command.ts';

export const apiVersionsCommand = defineCommand({
  name: 'api-versions',
  summary: 'Print the supported API versions on the server, in the form of "group/version".',
  run: async context => {
    const { groupVersions } = await context.mapper();
    for (const version of groupVersions.map(apiVersionOf).sort()) context.out(`${version}\n`);
  },
});
