import { toRfc3339 } from '#base/clock.ts';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { hasReason } from '#machinery/status.ts';
import { type Command, defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import { filenameFlags, printFlags } from '../core/flag-groups.ts';
import { namesFiles } from '../core/named-files.ts';
import { fetchSelected, type LiveResource } from '../core/resources.ts';
import { WriteReporter } from '../core/write.ts';
import { CliError, throwAll } from '../errors.ts';

interface Decision {
  readonly name: 'approve' | 'deny';
  readonly type: 'Approved' | 'Denied';
  readonly opposite: 'Approved' | 'Denied';
  readonly reason: string;
  readonly word: 'approved' | 'denied';
}

const attemptsMax = 10;

function deciding(decision: Decision): Command {
  const { name, word } = decision;
  return defineCommand({
    name,
    usage: '(-f FILENAME | NAME)',
    summary: `${name === 'approve' ? 'Approve' : 'Deny'} a certificate signing request.`,
    examples: [`% certificate ${name} csr-sqgzp`],
    flags: [
      ...printFlags,
      ...filenameFlags,
      { name: 'force', type: 'bool', help: `Update the CSR even if it is already ${word}.` },
    ],
    run: async context => {
      const { args, flags } = context;
      if (args.length === 0 && !namesFiles(flags))
        throw new CliError('one or more CSRs must be specified as <name> or -f <filename>');
      const reporter = await WriteReporter.create(context);
      const errors: unknown[] = [];
      const words = args.length > 0 ? ['certificatesigningrequests', ...args] : [];
      const found = await fetchSelected(context, { args: words, onError: error => errors.push(error) });
      for (const live of found) reporter.done(await decide(context, live, decision), word);
      reporter.finish();
      if (found.length === 0 && errors.length === 0) context.out('No resources found\n');
      throwAll(errors);
    },
  });
}

/** Adds the decision to one request, unless it has it; read afresh when somebody else has written. */
async function decide(
  context: CliContext,
  { mapping, name, object }: LiveResource,
  decision: Decision,
): Promise<CertificateSigningRequest> {
  const api = await context.api();
  let request = object as CertificateSigningRequest;
  for (let attempt = 1; ; attempt++) {
    const { conditions = [] } = request.status ?? {};
    if (conditions.some(({ type }) => type === decision.opposite)) {
      throw new CliError(
        `certificate signing request ${JSON.stringify(name)} is already ${decision.opposite}`,
      );
    }
    const decided = conditions.some(({ type }) => type === decision.type);
    if (decided && !context.flags.bool('force')) return request;
    const now = toRfc3339(context.io.clock.now());
    const condition = {
      type: decision.type,
      status: 'True',
      reason: decision.reason,
      message: `This CSR was ${decision.word} by kubectl certificate ${decision.name}.`,
      lastUpdateTime: now,
    };
    const others = conditions.filter(({ type }) => type !== decision.type);
    const body = { ...request, status: { ...request.status, conditions: [...others, condition] } };
    try {
      const answer = await api.replace(mapping, '', name, body, { subresource: 'approval' });
      return answer as CertificateSigningRequest;
    } catch (error) {
      if (!hasReason(error, 'Conflict') || attempt >= attemptsMax) throw error;
      request = (await api.get(mapping, '', name)) as CertificateSigningRequest;
    }
  }
}

export const certificateCommand = defineCommand({
  name: 'certificate',
  usage: 'SUBCOMMAND',
  summary: 'Modify certificate resources.',
  subcommands: [
    deciding({
      name: 'approve',
      type: 'Approved',
      opposite: 'Denied',
      reason: 'KubectlApprove',
      word: 'approved',
    }),
    deciding({ name: 'deny', type: 'Denied', opposite: 'Approved', reason: 'KubectlDeny', word: 'denied' }),
  ],
});
