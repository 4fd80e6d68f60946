import { canonicalQuantity } from '#machinery/quantity.ts';
import { CliError } from '../../errors.ts';
import { defineGenerator } from './generator.ts';

export const createQuota = defineGenerator({
  name: 'quota',
  aliases: ['resourcequota'],
  usage: 'NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]',
  summary: 'Create a resource quota with the specified name, hard limits, and optional scopes.',
  failure: 'failed to create quota:',
  flags: [
    {
      name: 'hard',
      type: 'string',
      help: 'A comma-delimited set of resource=quantity pairs that define a hard limit.',
    },
    {
      name: 'scopes',
      type: 'string',
      help: 'A comma-delimited set of quota scopes that must all match each object tracked by the quota.',
    },
  ],
  build: (context, name) => {
    const scopes = context.flags.string('scopes').split(',').filter(Boolean);
    const hard = Object.fromEntries(
      context.flags
        .string('hard')
        .split(',')
        .filter(Boolean)
        .map(pair => {
          const [key = '', value] = pair.split('=');
          if (value === undefined)
            throw new CliError(`Invalid argument syntax ${pair}, expected <resource>=<quantity>`);
          return [key, canonicalQuantity(value)];
        }),
    );
    return {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name },
      spec: { ...(Object.keys(hard).length > 0 ? { hard } : {}), ...(scopes.length > 0 ? { scopes } : {}) },
      status: {},
    };
  },
});
