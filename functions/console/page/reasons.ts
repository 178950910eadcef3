import { NAME_REASONS } from '../../../shared/domain/failover/name-reasons';
import { REASONS } from '../../../shared/domain/reasons';
import { CHINESE_REASONS } from './reasons-zh';
import { type Language } from './words';

const ENGLISH_REASONS: Readonly<Record<string, string>> = { ...NAME_REASONS, ...REASONS };

/** What a reason code means, in a sentence; a code of a newer version stands for itself. */
export function reasonText(code: string, language: Language): string {
  const texts: Readonly<Record<string, string>> =
    language === 'zh' ? CHINESE_REASONS : ENGLISH_REASONS;
  return textIn(texts, code) ?? textIn(ENGLISH_REASONS, code) ?? code;
}

const textIn = (texts: Readonly<Record<string, string>>, code: string): string | undefined =>
  Object.hasOwn(texts, code) ? texts[code] : undefined;
