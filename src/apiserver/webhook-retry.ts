import { type Clock, sleep } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { responseText } from '#machinery/response-texts.ts';
import type { OutboundAnswer } from './outbound.ts';

const triesMax = 5;
const backoffFactor = 1.5;
const backoffJitter = 0.2;
const busyCodes = [429, 500, 504];

/** The first answer that is a success, of a server of the operator's (apiserver util/webhook). Throws in the words of Go's client. */
export async function retried(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  backoffMs: number,
  post: () => Promise<OutboundAnswer>,
): Promise<OutboundAnswer> {
  let waitMs = backoffMs;
  for (let tries = 1; ; tries++) {
    const answer = await post();
    const { status, body } = answer;
    if (status >= 200 && status < 300) return answer;
    if (!busyCodes.includes(status) || tries === triesMax) throw new Error(responseText(status, body));
    await sleep(clock, waitMs * (1 + random.next() * backoffJitter));
    waitMs *= backoffFactor;
  }
}
