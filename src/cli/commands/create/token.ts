import { defineCommand } from '../../core/command.ts';
import { printFlags } from '../../core/flag-groups.ts';
import { CliError } from '../../errors.ts';
import { StatusError } from '#machinery/status.ts';
import { nameFrom } from './generator.ts';

export const createToken = defineCommand({
  name: 'token',
  usage: 'SERVICE_ACCOUNT_NAME',
  summary: 'Request a service account token.',
  flags: [
    ...printFlags,
    { name: 'audience', type: 'array', help: 'Audience of the requested token.' },
    { name: 'duration', type: 'duration', help: 'Requested lifetime of the issued token.' },
    { name: 'bound-object-kind', type: 'string', help: 'Kind of an object to bind the token to.' },
    { name: 'bound-object-name', type: 'string', help: 'Name of an object to bind the token to.' },
    { name: 'bound-object-uid', type: 'string', help: 'UID of an object to bind the token to.' },
  ],
  run: async context => {
    const { flags } = context;
    const name = nameFrom(context);
    const kind = flags.string('bound-object-kind');
    const request = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: flags.list('audience'),
        ...(flags.duration('duration') > 0
          ? { expirationSeconds: Math.round(flags.duration('duration') / 1000) }
          : {}),
        ...(kind
          ? {
              boundObjectRef: {
                apiVersion: 'v1',
                kind,
                name: flags.string('bound-object-name'),
                uid: flags.string('bound-object-uid') || undefined,
              },
            }
          : {}),
      },
    };
    const api = await context.api();
    const accounts = (await context.mapper()).resource('serviceaccounts');
    const answer = await api
      .create(accounts, (await context.namespace()).name, request, { name, subresource: 'token' })
      .catch(error => {
        throw error instanceof StatusError ? new CliError(`failed to create token: ${error.message}`) : error;
      });
    const token = (answer as typeof answer & { status?: { token?: string } }).status?.token;
    if (!token) throw new CliError('failed to create token: no token in server response');
    const printer = await context.printer();
    context.out(printer ? printer.print(answer) + printer.flush() : `${token}\n`);
  },
});
