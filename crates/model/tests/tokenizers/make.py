"""The small tokenizers of crates/model/tests, one of each kind that masked models have.

    .venv/training/bin/python crates/model/tests/tokenizers/make.py    # writes the .json files beside it

They are trained on the sentences below, so they spell those with few pieces and everything else with many.
"""

import json
import pathlib

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

HERE = pathlib.Path(__file__).parent

WESTERN = """
The old man went to the sea with his dog. He said: "Come in, please!" and I came. It wasn't the king's dog, was it?
Mr. Smith and Mrs. Brown saw the fish on Monday (early), then they ate it; the cat slept well.
Mr. Brown met Mr. Smith, Mrs. Brown met Mr. Gray, and Mr. Gray met Dr. Brown.
The cat sat on the mat. The dog saw the cat. The fish and the bird saw the sea. There was a storm over the sea.
In 1984, about 3.5 men of ten came to the house. She won't be there when we are here, but they will.
Der alte Mann fährt über die große Straße. Die Bäume sind grün, und das Mädchen hört Vögel. Wo ist die Tür?
Le café près de la forêt est fermé. L'été, naïve et très belle, arrive bientôt. ¿Dónde está el niño? ¡Mañana!
""".strip().splitlines()
EASTERN = """
我喜欢猫。今天的天气很好，我们去公园吧！你喜欢狗吗？他说：「请进来。」
猫坐在垫子上。老人和他的狗去了海边。海上有一场暴风雨。
これは猫です。今日は天気がいいですね、公園に行きましょう！犬は好きですか？
老人は犬と海へ行きました。「どうぞ」と言いました。
""".strip().splitlines()
SOUTHERN = """
यह एक बिल्ली है। आज मौसम अच्छा है, हम बाग में जाएँगे! क्या तुम्हें कुत्ते पसंद हैं?
هذه قطة. الطقس جميل اليوم، هيا نذهب إلى الحديقة! هل تحب الكلاب؟
یہ ایک بلی ہے۔ آج موسم اچھا ہے۔
แมวนั่งอยู่บนเสื่อ วันนี้อากาศดี เราไปสวนกันเถอะ
""".strip().splitlines()
EMOJI = ["I like fish 🙂 and cats 🙂 and 👩‍🚀 too.", "So nice 🙂"]

BERT = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
ROBERTA = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def special(tokens):
    return [AddedToken(token, special=True, lstrip=token == "<mask>") for token in tokens]


def save(tokenizer, name):
    content = json.loads(tokenizer.to_str())
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=False)
    (HERE / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{name}: {tokenizer.get_vocab_size()} pieces, {len(text.encode())} bytes")


def framed(tokenizer, start, end):
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        pair=f"{start} $A {end} $B {end}",
        special_tokens=[(token, tokenizer.token_to_id(token)) for token in (start, end)],
    )


def word_pieces(name, sentences, size):
    """Cased word pieces, as those of bert-base-cased and bert-base-chinese."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(
        sentences,
        trainers.WordPieceTrainer(vocab_size=size, special_tokens=special(BERT), min_frequency=1, show_progress=False),
    )
    framed(tokenizer, "[CLS]", "[SEP]")
    save(tokenizer, name)


def byte_level(name, tokens, size):
    """Byte-level BPE: with <s> as that of RoBERTa, or with [CLS] as that of ModernBERT."""
    modern = "[CLS]" in tokens
    tokenizer = Tokenizer(models.BPE())
    if modern:
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    sentences = WESTERN * 3 + EASTERN + SOUTHERN + EMOJI
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=special(tokens),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    if modern:
        framed(tokenizer, "[CLS]", "[SEP]")
        tokenizer.add_tokens([AddedToken("   ", normalized=False), AddedToken("[unused0]", normalized=False)])
    else:
        ends = [(token, tokenizer.token_to_id(token)) for token in ("</s>", "<s>")]
        tokenizer.post_processor = processors.RobertaProcessing(*ends, add_prefix_space=False)
    save(tokenizer, name)


def unigram(name, size):
    """Unigram with ▁ for spaces, as that of XLM-R."""
    tokenizer = Tokenizer(models.Unigram())
    single = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), single])
    parts = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    # SentencePiece trains no pieces of letters and marks together.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([*parts, pre_tokenizers.Punctuation()])
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    sentences = WESTERN * 3 + EASTERN * 2 + SOUTHERN * 2 + EMOJI
    trainer = trainers.UnigramTrainer(
        vocab_size=size, special_tokens=special(ROBERTA), unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(sentences, trainer)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(parts)
    framed(tokenizer, "<s>", "</s>")
    save(tokenizer, name)


word_pieces("cased", WESTERN * 3 + SOUTHERN, 700)
word_pieces("chinese", EASTERN * 2 + WESTERN[:3], 500)
byte_level("bytes", ROBERTA, 700)
byte_level("modern", [token for token in BERT if token != "[UNK]"], 700)
unigram("unigram", 750)
