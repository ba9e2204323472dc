import createPurifier, { type Config } from 'dompurify';
import { Marked, type Token } from 'marked';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { CodeView } from './code-view.tsx';
import './markdown-view.css';

// What models, tools and plugins write is not trusted: nothing but plain formatting reaches the page.

/** HTML is shown as it is written. Parsed only to be sanitized it would already break the security policy. */
const marked = new Marked({ gfm: true, breaks: true, renderer: { html: ({ text }) => escaped(text) } });
const purifier = createPurifier(window);
const allowed: Config = {
  // prettier-ignore
  ALLOWED_TAGS: [
    'p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'a', 'ul', 'ol', 'li', 'sup', 'sub',
    'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'img',
  ],
  ALLOWED_ATTR: ['href', 'title', 'start', 'align', 'src', 'alt'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

purifier.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'IMG') node.replaceWith(linkToImage(node));
  if (node.tagName !== 'A') return;
  node.setAttribute('rel', 'noopener noreferrer nofollow');
  node.setAttribute('target', '_blank');
  node.append(elsewhere(node.textContent.trim(), URL.parse(node.getAttribute('href') ?? '')));
});

/** Where a link leads whose words do not say it: words can name another place, and a phone shows no address. */
function elsewhere(words: string, target: URL | null): string {
  if (target === null) return '';
  const place = target.host === '' ? target.pathname : target.host;
  const named = URL.parse(words) ?? URL.parse(`https://${words}`);
  return words === place || named?.host === place || words.endsWith(`(from ${place})`) ? '' : ` (${place})`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

/** A remote image would tell its server who reads: it is a link that opens it beside. */
function linkToImage(image: Element): Element | string {
  const url = URL.parse(image.getAttribute('src') ?? '');
  const alt = image.getAttribute('alt') ?? '';
  if (url === null || !url.protocol.startsWith('http')) return `[image: ${alt}]`;
  const link = document.createElement('a');
  link.href = url.href;
  link.rel = 'noopener noreferrer nofollow';
  link.target = '_blank';
  link.textContent = `Image${alt === '' ? '' : `: ${alt}`} (from ${url.host})`;
  return link;
}

/** Longer texts, and lines that open so many quotes and lists or are so far in, would take the page's time or stack. */
const mostCharacters = 500_000;
const isTooDeep = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){40}|^[ \t]{160}/m;

/** Marks of emphasis in a paragraph are paired in a time that grows with their square: 0.3 s for so many. */
const mostMarks = 1_200;

/** What `make` makes; null when the text is nested beyond what can be shown. */
function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

function blocksOf(text: string): readonly Token[] | null {
  if (text.length > mostCharacters || isTooDeep.test(text)) return null;
  if (text.split(/\n[ \t]*\n/).some((part) => (part.match(/[*_]+/g)?.length ?? 0) > mostMarks)) return null;
  return attempt(() => marked.lexer(text));
}

/**
 * Markdown as it is written: blocks that are complete are not made again while more comes. What is nested beyond reason
 * is shown as its plain text.
 */
export function MarkdownView({ text }: { readonly text: string }) {
  const blocks = useMemo(() => blocksOf(text), [text]);
  if (blocks === null) return <CodeView text={text} label="Text" />;
  return (
    <div className="markdown">
      {blocks.map((block, index) => (
        // Blocks are only ever added at the end.
        // oxlint-disable-next-line react/no-array-index-key
        <Block key={index} block={block} />
      ))}
    </div>
  );
}

/** How long a text that grows is shown as it was, by its length: to read it anew takes the longer the more there is. */
const pauseOf = ({ length }: string): number => Math.min(length / 100, 1_000);

/** Markdown that is being written. */
export function GrowingMarkdown({ text }: { readonly text: string }) {
  const [shown, setShown] = useState(text);
  const shownAt = useRef(0);
  useEffect(() => {
    if (shown === text) return undefined;
    const show = (): void => {
      shownAt.current = performance.now();
      setShown(text);
    };
    const timer = setTimeout(show, Math.max(0, shownAt.current + pauseOf(text) - performance.now()));
    return () => clearTimeout(timer);
  }, [text, shown]);
  return <MarkdownView text={shown} />;
}

const Block = memo(
  function Block({ block }: { readonly block: Token }) {
    if (block.type === 'code' && typeof block['text'] === 'string')
      return <CodeView text={block['text']} label="Code" />;
    const html = attempt(() => purifier.sanitize(marked.parser([block]), allowed));
    if (html === null) return <CodeView text={block.raw} label="Text" />;
    return <div dangerouslySetInnerHTML={{ __html: html }} />;
  },
  (before, after) => before.block.raw === after.block.raw,
);
