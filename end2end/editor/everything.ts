import type { Json } from '../../app/editor/src/host';

const t = (text: string, ...marks: NonNullable<Json['marks']>): Json => (marks.length ? { type: 'text', marks, text } : { type: 'text', text });
const p = (...content: Json[]): Json => (content.length ? { type: 'paragraph', content } : { type: 'paragraph' });
const cell = (type: string, words: string): Json => ({ type, attrs: { colspan: 1, rowspan: 1 }, content: [p(t(words))] });
const id = (type: string, key: string, value: string) => ({ type, attrs: { [key]: value } });

/** A text with every node and every mark of the schema. */
export const everything: Json = {
  type: 'doc',
  content: [
    { type: 'heading', attrs: { level: 1, sectionId: 'sec-signin' }, content: [t('Sign-in')] },
    p(
      t('People sign in with '), t('email and password', { type: 'bold' }), t(', a '), t('passkey', { type: 'italic' }), t(' or, '),
      t('for old accounts', { type: 'strike' }), t(', an external provider. See the '),
      t('guidelines', { type: 'link', attrs: { href: 'https://example.com/guidelines' } }), t(' and '), t('POST /sign-in', { type: 'code' }), t('. '),
      { type: 'mention', attrs: { id: '5b0e3f1a-6f6e-4d8b-9a8e-000000000002', label: 'Bea Kahlo', type: 'user' } }, t(' owns '),
      { type: 'mention', attrs: { id: 'w1', label: 'WO-12 Reset by link', type: 'work_order' } }, t('.'),
    ),
    { type: 'heading', attrs: { level: 2, sectionId: 'sec-reset' }, content: [t('Reset by mail')] },
    p(
      t('The mail arrives within '), t('60 seconds', id('comment', 'commentId', 'c1')), t(' and its link works '),
      t('twice', id('suggestionDelete', 'suggestionId', '5b0e3f1a-6f6e-4d8b-9a8e-000000000002.abc')),
      t('once', id('suggestionAdd', 'suggestionId', '5b0e3f1a-6f6e-4d8b-9a8e-000000000002.abc')), t('.'), { type: 'hardBreak' }, t('Afterwards it says so.'),
    ),
    {
      type: 'taskList',
      content: [
        { type: 'taskItem', attrs: { checked: true }, content: [p(t('Mail template reviewed'))] },
        { type: 'taskItem', attrs: { checked: false }, content: [p(t('Rate limit for each address'))] },
      ],
    },
    { type: 'bulletList', content: [{ type: 'listItem', content: [p(t('Five wrong tries lock the door for a minute'))] }, { type: 'listItem', content: [p(t('Sessions end after 30 days'))] }] },
    { type: 'orderedList', attrs: { start: 3 }, content: [{ type: 'listItem', content: [p(t('Third step'))] }, { type: 'listItem', content: [p(t('Fourth step'))] }] },
    { type: 'heading', attrs: { level: 3, sectionId: 'sec-shape' }, content: [t('Shape of the answer')] },
    {
      type: 'table',
      content: [
        { type: 'tableRow', content: [cell('tableHeader', 'Field'), cell('tableHeader', 'Type'), cell('tableHeader', 'Meaning')] },
        { type: 'tableRow', content: [cell('tableCell', 'token'), cell('tableCell', 'text'), cell('tableCell', 'Good for one session')] },
        { type: 'tableRow', content: [cell('tableCell', 'expires'), cell('tableCell', 'time'), cell('tableCell', 'When it ends')] },
      ],
    },
    { type: 'codeBlock', attrs: { language: 'rust' }, content: [t('/// Starts a session.\nfn sign_in(email: &str) -> Result<Token, Fault> {\n    let person = find(email)?;\n    Ok(Token::new(person.id, 30))\n}')] },
    { type: 'blockquote', content: [p(t('A door that nobody finds is a wall.'))] },
    { type: 'heading', attrs: { level: 4, sectionId: 'sec-flow' }, content: [t('Flow')] },
    { type: 'mermaidBlock', attrs: { code: 'flowchart LR\n  A[Form] --> B{Known?}\n  B -->|yes| C[Token]\n  B -->|no| D[Wait]' } },
    { type: 'horizontalRule' },
    { type: 'image', attrs: { src: 'artifact:5b0e3f1a-6f6e-4d8b-9a8e-0000000000aa', alt: 'The mill wheel', width: 120 } },
    p(),
  ],
};
