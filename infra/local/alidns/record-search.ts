import { type Parameters } from '../contracts';
import { optionalText } from '../request-parameters';
import { alidnsError } from './errors';
import { type AlidnsRecord } from './record';

type Test = (record: AlidnsRecord) => boolean;

const fuzzy = (text: string, wanted: string): boolean =>
  text.toLowerCase().includes(wanted.toLowerCase());
const exact = (text: string, wanted: string): boolean =>
  text.toLowerCase() === wanted.toLowerCase();

/**
 * Whether a record is one that DescribeDomainRecords asks for. LIKE and EXACT look at `KeyWord` alone; COMBINATION wants every condition
 * met exactly; ADVANCED and no mode want host and value to contain theirs and the rest exactly. No mode with a `KeyWord` is LIKE.
 */
export function recordSearch(parameters: Parameters): Test {
  const keyWord = optionalText(parameters, 'KeyWord');
  const mode =
    optionalText(parameters, 'SearchMode')?.toUpperCase() ??
    (keyWord === undefined ? 'ADVANCED' : 'LIKE');
  switch (mode) {
    case 'LIKE':
      return keyWordTest(keyWord, fuzzy);
    case 'EXACT':
      return keyWordTest(keyWord, exact);
    case 'ADVANCED':
      return conditionTest(parameters, fuzzy);
    case 'COMBINATION':
      return conditionTest(parameters, exact);
    default:
      throw alidnsError.invalidParameter('SearchMode');
  }
}

const keyWordTest =
  (keyWord: string | undefined, matches: typeof fuzzy): Test =>
  ({ rr, value }) =>
    keyWord === undefined || matches(rr, keyWord) || matches(value, keyWord);

/** As descriptions write it; requests may write it in any case. */
export const statusOf = ({ isEnabled }: Pick<AlidnsRecord, 'isEnabled'>): string =>
  isEnabled ? 'ENABLE' : 'DISABLE';

function conditionTest(parameters: Parameters, matches: typeof fuzzy): Test {
  const conditions: readonly (readonly [
    string | undefined,
    (record: AlidnsRecord) => string,
    typeof fuzzy,
  ])[] = [
    [optionalText(parameters, 'RRKeyWord'), ({ rr }) => rr, matches],
    [optionalText(parameters, 'ValueKeyWord'), ({ value }) => value, matches],
    [optionalText(parameters, 'TypeKeyWord'), ({ type }) => type, exact],
    [optionalText(parameters, 'Type'), ({ type }) => type, exact],
    [optionalText(parameters, 'Line'), ({ line }) => line, exact],
    [optionalText(parameters, 'Status'), statusOf, exact],
  ];
  return (record) =>
    conditions.every(
      ([wanted, read, isMatch]) => wanted === undefined || isMatch(read(record), wanted),
    );
}
