import createPurifier, { type Config } from 'dompurify';
import { Marked, type Token } from 'marked';
import { memo, useMemo } from 'react';
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
});

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

/** Markdown as it is written: blocks that are complete are not made again while more comes. */
export function MarkdownView({ text }: { readonly text: string }) {
  const blocks = useMemo(() => marked.lexer(text), [text]);
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

const Block = memo(
  function Block({ block }: { readonly block: Token }) {
    if (block.type === 'code' && typeof block['text'] === 'string')
      return <CodeView text={block['text']} label="Code" />;
    const html = purifier.sanitize(marked.parser([block]), allowed);
    return <div dangerouslySetInnerHTML={{ __html: html }} />;
  },
  (before, after) => before.block.raw === after.block.raw,
);
