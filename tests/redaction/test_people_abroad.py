"""Names that something announces, in the scripts of other languages: where they begin and end.

Each refusal has a twin that differs in what makes it a name. Everybody here is invented.
"""

from random import Random
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis.strategies import lists, sampled_from

from app.redaction.lists import listed
from app.redaction.names.training.abroad import frames_abroad, in_a_case
from app.redaction.normaliser import normalise
from app.redaction.people import PeopleRecogniser
from app.redaction.scripts import arabic, cyrillic
from app.redaction.scripts.words import Announced

SEEDED = Random(7)  # noqa: S311 - the same endings every time
PIECES = (
    *("Олена", "олена", "пані", "Я", "О.", "Аркадьевна", "син", "та", "Заруда", "з", "повагою"),
    *("محمد", "بن", "ال", "و", "عبد", "السيد", "اسمي", "من", "هستم", "احمدی", "رضا", "جان", "نام"),
    *("12", ".", "ich", "\u064b", "ـ", "'"),
)


def found(text: str) -> list[str]:
    """What is found, as written in the text."""
    names: list[Announced] = sorted(
        [*cyrillic.names(text), *arabic.names(text)], key=lambda name: name.start
    )
    return [text[name.start : name.end] for name in names]


@pytest.mark.parametrize(
    ("named", "name", "plain"),
    [
        ("Мене звати Орися Вербицька.", "Орися Вербицька", "Мене звати на співбесіду."),
        ("мене звати орися вербицька", "орися", "мене звати на курси"),
        ("Дзвонила пані Заруда.", "Заруда", "Дзвонила пані з центру."),
        ("Лист для пана Заруди.", "Заруди", "Лист для пана та пані."),
        ("Мій син Остап хворіє.", "Остап", "Мій син хворіє."),
        ("Моєму синові Остапові десять років.", "Остапові", "Моєму синові десять років."),
        ("Я — Квітослава Заруда, маю питання.", "Квітослава Заруда", "Я — мати, маю питання."),
        ("З повагою,\nКвітослава Заруда", "Квітослава Заруда", "З повагою,\nДякую за все"),
        ("Заявниця: Квітослава Заруда", "Квітослава Заруда", "Заявниця: мати двох дітей"),
        ("Вітаю, Квітославо!", "Квітославо", "Вітаю, Дякую!"),
        ("Надія живе з Надією Зарудою.", "Надією Зарудою", "Надія живе у нас."),
    ],
)
def test_a_name_is_found_in_ukrainian(named: str, name: str, plain: str) -> None:
    assert name in found(named)
    assert found(plain) == []


@pytest.mark.parametrize(
    ("named", "name", "plain"),
    [
        ("Меня зовут Пелагея Ветлугина.", "Пелагея Ветлугина", "Меня зовут на курсы."),
        ("Письмо от г-на Ветлугина.", "Ветлугина", "Письмо от г-на из центра."),
        ("Госпожа Ветлугина звонила.", "Ветлугина", "Госпожа консультант звонила."),
        ("Моей дочери Пелагее отказали.", "Пелагее", "Моей дочери отказали."),
        (
            "Уважаемая Ирина Аркадьевна, добрый день.",
            "Ирина Аркадьевна",
            "Уважаемая госпожа, добрый день.",
        ),
        ("Сын Остап Игнатьевич работает.", "Остап Игнатьевич", "Сын и муж работают."),
        ("Документы у И. П. Ветлугина.", "И. П. Ветлугина", "Документы у соседа."),
        ("Вчера приходил Евлампий Ветлугин.", "Евлампий Ветлугин", "Вчера приходил сосед."),
        ("Наш хозяин, Ветлугин Остап, молчит.", "Ветлугин Остап", "Наш хозяин, к счастью, молчит."),
        ("олена шевченко звонила", "олена шевченко", "надежда звонила"),
        ("Живу с Верой.", "Верой", "Вера помогает жить."),
        ("С уважением,\nЕвлампий Ветлугин", "Евлампий Ветлугин", "С уважением,\nспасибо"),
    ],
)
def test_a_name_is_found_in_russian(named: str, name: str, plain: str) -> None:
    assert name in found(named)
    assert found(plain) == []


@pytest.mark.parametrize(
    ("named", "name", "plain"),
    [
        ("Казвам се Десислава Калпакова.", "Десислава Калпакова", "Казвам се така."),
        ("Аз съм Вълкан Калпаков и чакам.", "Вълкан Калпаков", "Аз съм от Пазарджик и чакам."),
        ("Името ми е Десислава.", "Десислава", "Името ми е грешно."),
        ("Бях при г-жа Калпакова.", "Калпакова", "Бях при г-жа от центъра."),
        ("Д-р Калпаков даде бележка.", "Калпаков", "Д-р и сестра дадоха бележка."),
        ("Синът ми Вълкан е болен.", "Вълкан", "Синът ми е болен."),
        ("Дъщеря ми се казва Десислава.", "Десислава", "Дъщеря ми се обажда."),
        ("Съседката Калпакова помогна.", "Калпакова", "Съседката помогна."),
        ("Уважаема госпожо Калпакова,", "Калпакова", "Уважаема госпожо,"),
        ("С уважение,\nДесислава Калпакова", "Десислава Калпакова", "С уважение,\nблагодаря"),
    ],
)
def test_a_name_is_found_in_bulgarian(named: str, name: str, plain: str) -> None:
    assert name in found(named)
    assert found(plain) == []


@pytest.mark.parametrize(
    ("named", "name", "plain"),
    [
        ("اسمي جمانة العكاوي، عندي سؤال", "جمانة العكاوي", "اسمي على الرسالة"),
        ("السيد العكاوي اتصل بي", "العكاوي", "السيد المحترم اتصل بي"),
        ("السيدة جمانة بنت قصي العكاوي هنا", "جمانة بنت قصي العكاوي", "السيدة هنا"),
        ("هذا للسيدة جمانة", "جمانة", "هذا للسيدة المحترمة"),
        ("ابنتي جمانة مريضة", "جمانة", "ابنتي مريضة"),
        ("زوجها قصي بلا عمل", "قصي", "زوجها بلا عمل"),
        ("أنا قصي من حلب", "قصي", "أنا من حلب"),
        ("المال لجمانة", "جمانة", "المال للبيت"),
        ("جاء قصي وجمانة اليوم", "جمانة", "جاء قراري اليوم"),
        ("التقيت أبو قصي أمس", "أبو قصي", "التقيت أبي أمس"),
        ("اسم ابني قصي", "قصي", "اسم ابني خطأ في الرسالة عندي"),
        ("مع الاحترام،\nقصي العكاوي", "قصي العكاوي", "مع الاحترام،\nشكرا"),
        ("الاسم الكامل: قصي العكاوي", "قصي العكاوي", "الاسم الكامل: مطلوب هنا"),
        ("اسمي عبد العزيز العكاوي", "عبد العزيز العكاوي", "اسمي خطأ"),
        ("قصي بن جمال بن طلال بن عدنان العكاوي", "قصي بن جمال بن طلال بن عدنان العكاوي", "بن"),
        ("سيدتي جمانة، شكرا", "جمانة", "سيدتي الكريمة، شكرا"),
        ("عبد الباري يعمل", "عبد الباري", "عندي عمل"),
    ],
)
def test_a_name_is_found_in_arabic(named: str, name: str, plain: str) -> None:
    assert name in found(named)
    assert found(plain) == []


@pytest.mark.parametrize(
    "text",
    [
        "أنا مريض وبلا عمل",
        "السيد المحترم، شكرا",
        "زوجي مريض وابنتي في المدرسة",
        "هل لديكم أمل في موعد قريب؟",
        "شوهرم مریض است",
        "آقای محترم، لطفا کمک کنید",
        "من بیکار هستم",
        "نام خانوادگی لازم است",
        "امید دارم پول بیاید",
        "پروانه کار ندارم",
        "Гроші не прийшли. Допоможіть, будь ласка.",
        "Я живу в Берлине и ищу работу.",
        "Парите не дойдоха, моля помогнете.",
        "When does my money come?",
    ],
)
def test_a_text_that_names_nobody_is_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("named", "name", "plain"),
    [
        ("نام من کیارش دلاوری است", "کیارش دلاوری", "نام من اشتباه است"),
        ("نامم کیارش است", "کیارش", "نامم لازم است"),
        ("من کیارش دلاوری هستم", "کیارش دلاوری", "من خیلی مریض هستم"),
        ("آقای دلاوری زنگ زد", "دلاوری", "آقای محترم زنگ زد"),
        ("جناب آقای مهندس دلاوری گفت", "دلاوری", "جناب آقای مهندس گفت"),
        ("با خانم دکتر دلاوری صحبت کردم", "دلاوری", "با خانم دکتر صحبت کردم"),
        ("پسرم کیارش مریض است", "کیارش", "پسرم مریض است"),
        ("خاله ام پریسا آمد", "پریسا", "خاله ام آمد"),
        ("صاحبخانه آقای دلاوری اجاره را بالا برد", "دلاوری", "صاحبخانه اجاره را بالا برد"),
        ("کیارش دلاوری گفت", "کیارش دلاوری", "همسایه گفت"),
        ("امید دلاوری آمد", "امید دلاوری", "امید ندارم"),
        ("سلام کیارش جان", "کیارش", "سلام دوست عزیز"),
        ("با احترام،\nکیارش دلاوری", "کیارش دلاوری", "با احترام،\nممنون"),
        ("متقاضی: کیارش دلاوری", "کیارش دلاوری", "متقاضی: لازم است"),
        ("برای کیارش و پریسا پول گرفتم", "پریسا", "برای خانه پول گرفتم"),
    ],
)
def test_a_name_is_found_in_persian(named: str, name: str, plain: str) -> None:
    assert name in found(named)
    assert found(plain) == []


@pytest.mark.parametrize("module", [cyrillic, arabic], ids=["cyrillic", "arabic"])
@given(
    pieces=lists(sampled_from(PIECES), max_size=14), joint=sampled_from((" ", "", "\n", ", ", "-"))
)
@settings(max_examples=60, deadline=None)
def test_names_lie_in_the_text_one_after_the_other(
    module: ModuleType, pieces: list[str], joint: str
) -> None:
    text = joint.join(pieces)
    at = 0
    for name in module.names(text):
        assert at <= name.start < name.end <= len(text)
        at = name.end


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Сегодня госпожа Ветлугина звонила.", "Ветлугина"),
        ("Меня зовут Pelageja Vetlugina", "Pelageja Vetlugina"),
        ("آقای دلاوری زنگ زد", "دلاوری"),
    ],
)
def test_the_recogniser_of_people_finds_them(text: str, name: str) -> None:
    results = PeopleRecogniser("de").analyze(text, [], None)  # type: ignore[arg-type]  # unused

    assert name in {text[one.start : one.end] for one in results}


def test_a_stop_word_is_no_common_name() -> None:
    names = listed("given_cyrillic") | listed("given_arabic") | listed("given_names")

    assert listed("no_names_abroad") & names <= {"мая"}
    assert len(names) > 1_000


@pytest.mark.parametrize(
    ("language", "name", "stem"),
    [
        ("uk", "Орися Заруда", "Орис"),
        ("ru", "Пелагея Ветлугина", "Пелаге"),
        ("pl", "Bożydar Wierzbiński", "Bożydar"),
    ],
)
def test_a_name_of_the_frames_is_bent_into_a_case(language: str, name: str, stem: str) -> None:
    bent = {in_a_case(name, language, SEEDED) for _ in range(40)}

    assert len(bent) > 1
    assert all(each.startswith(stem) for each in bent)
    assert in_a_case(name, "bg", SEEDED) == name


def test_frames_hold_nothing_that_the_normaliser_would_take_out() -> None:
    read = [*frames_abroad("fa"), *frames_abroad("fa", plain=True)]

    assert len(read) > 150
    assert all(normalise(frame).text == frame for frame in read if "«" not in frame)
    assert frames_abroad("xx") == []
