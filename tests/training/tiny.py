"""A BERT small enough to be trained while somebody waits: word pieces of the sample, random weights, and no masked-LM head.

python tests/training/tiny.py OUT
"""

import lzma
import pathlib
import sys

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel

DATA = pathlib.Path(__file__).resolve().parents[2] / "training/data"
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def main(out):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = (
        normalizers.BertNormalizer(),
        pre_tokenizers.BertPreTokenizer(),
        decoders.WordPiece(),
    )
    lines = [line for name in ("books", "recipes") for line in lzma.open(DATA / f"{name}-sample.txt.xz", "rt")]
    tokenizer.train_from_iterator(
        lines, trainers.WordPieceTrainer(vocab_size=2000, special_tokens=SPECIAL, show_progress=False)
    )
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=160,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(out)
    tokenizer.save(str(out / "tokenizer.json"))


main(pathlib.Path(sys.argv[1]))
