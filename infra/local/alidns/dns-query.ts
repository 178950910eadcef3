import { type DecodedPacket, type OptAnswer, type PacketOpt, type Question } from 'dns-packet';

/** Client subnet of RFC 7871. */
export type SubnetOption = Extract<PacketOpt, { readonly ip: string | undefined }>;

export const SUBNET_OPTION = 8;
export const OPCODE_BITS = 0x7800;
export const CODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
} as const;

const TRANSFERS = ['AXFR', 'IXFR'];

/** What a query asks, as far as it may be answered. */
export type DnsQuery =
  | { readonly kind: 'refused'; readonly code: number }
  | { readonly kind: 'unknown-edns' }
  | {
      readonly kind: 'question';
      readonly question: Question;
      readonly edns: OptAnswer | undefined;
      readonly subnet: SubnetOption | undefined;
    };

/** Other operations, classes and transfers are refused; so is anything but one question. */
export function readQuery({
  flags = 0,
  questions = [],
  additionals = [],
}: DecodedPacket): DnsQuery {
  const [question] = questions;
  const code = refusalOf(flags, questions);
  if (question === undefined || code !== undefined)
    return { kind: 'refused', code: code ?? CODES.FORMERR };
  const edns = additionals.find((one): one is OptAnswer => one.type === 'OPT');
  if ((edns?.ednsVersion ?? 0) > 0) return { kind: 'unknown-edns' };
  return { kind: 'question', question, edns, subnet: edns?.options.find(isSubnet) };
}

function refusalOf(flags: number, [question, ...others]: readonly Question[]): number | undefined {
  if ((flags & OPCODE_BITS) !== 0) return CODES.NOTIMP;
  if (question === undefined || others.length > 0) return CODES.FORMERR;
  const isServed = question.class === 'IN' && !TRANSFERS.includes(question.type);
  return isServed ? undefined : CODES.REFUSED;
}

const isSubnet = (option: PacketOpt): option is SubnetOption => option.code === SUBNET_OPTION;
