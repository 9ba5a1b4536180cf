"""The households of the tenant `bergstrasse`. Everybody in them is invented."""

from datetime import date
from typing import Final

from demo.world.plans import (
    Age,
    Application,
    Extra,
    Health,
    Home,
    Income,
    Job,
    Loan,
    NewYear,
    Notice,
    Overpayment,
    Plan,
    Reduction,
    Someone,
    Work,
)

_ERIKA: Final = Plan(
    ref="bs-0001",
    persons=(
        Someone(
            role="applicant", given="Erika", family="Sommerfeld", birth=date(1986, 5, 17),
            female=True,
            marital="divorced", birth_name="Kranichfeld",
            income=(Income("wage", net=561_40, gross=620_00),),
            job=Job("employed", "Bäckerei Kornblume", "Bensheim"),
            loans=(Loan("deposit", 900_00, 9),),
            overpayments=(Overpayment(724_80, (16, 14), "repaying", 250, set_off_running=5),),
            health=Health(hours=6, diagnoses=("Chronische Rückenschmerzen",)),
            work=Work(
                goal="Mehr Stunden oder eine zweite Stelle im Verkauf",
                steps=("Zwei Bewerbungen im Monat", "Bewerbungsunterlagen auffrischen"),
                measures=(("Bewerbungswerkstatt", "Lernhaus an der Weschnitz", 20, 40),),
                offers=(("Verkäuferin in Teilzeit", "Hofladen Sonnenacker"),),
            ),
            meeting="Ihre berufliche Situation",
            met=(("Erstgespräch zum Kooperationsplan", 65, True),
            ("Bewerbungsunterlagen", 31, True)),
            disputed=(("benefit.housing_costs", 18),),
        ),
    ),
    home=Home(
        street="Musterweg 12", postcode="64625", city="Bensheim", rent=468_00, ancillary=95_00,
        heating=72_00, rent_limit=430_00, hot_water=True, landlord="Wohnhof Bergstraße eG",
    ),
    notice=Notice(type="change", delivery="post", days_ago=12),
    application=Application(missing=(("Lohnabrechnung des letzten Monats", 12),)),
    notes=((31, "Frau Sommerfeld bittet um Rückruf nur am Vormittag."),),
)  # fmt: skip

_YILDIRIM: Final = Plan(
    ref="bs-0002",
    persons=(
        Someone(
            role="applicant", given="Mehmet", family="Yıldırım", birth=date(1984, 2, 3),
            female=False,
            marital="married", income=(Income("wage", net=938_20, gross=1_140_00),),
            job=Job("employed", "Lagerhaus Rheinblick", "Lampertheim"), health=Health(hours=8),
            meeting="Weiterbildung zum Staplerfahrer",
            met=(("Änderung der Arbeitszeit", 80, True),),
            work=Work(
                goal="Vollzeitstelle im Lager", steps=("Staplerschein machen",),
                offers=(("Fachkraft für Lagerlogistik", "Spedition Morgentau"),),
            ),
        ),
        Someone(
            role="partner", given="Aylin", family="Yıldırım", birth=date(1988, 9, 21), female=True,
            marital="married", birth_name="Şahinoğlu", job=Job("not_available"),
            health=Health(hours=8), loans=(Loan("appliances", 420_00, 4),),
            work=Work(measures=(("Deutsch für den Beruf B2", "Sprachhaus Ried", 45, 75),)),
            meeting="Kinderbetreuung und Sprachkurs", met=(("Sprachkurs", 52, True),),
        ),
        Someone(role="child", given="Emir", family="Yıldırım", birth=Age(9, 4, 8), female=False,
                job=Job("school")),
        Someone(role="child", given="Defne", family="Yıldırım", birth=Age(4, 2, 23), female=True),
    ),
    home=Home(
        street="Amselgrund 4", postcode="68623", city="Lampertheim", rent=690_00, ancillary=180_00,
        heating=125_00, landlord="Hausverwaltung Storchennest",
    ),
    notice=Notice(delivery="portal"),
    education=(
        ("school_supplies", 65_00, "Emir", 0),
        ("lunch", 62_40, "Defne", 6),
        ("leisure", 15_00, "Emir", 6),
    ),
    notes=((40, "Eltern wünschen Termine möglichst gemeinsam."),),
)  # fmt: skip

_OKSANA: Final = Plan(
    ref="bs-0003",
    persons=(
        Someone(
            role="applicant", given="Oksana", family="Kovalenko", birth=date(1991, 11, 2),
            female=True,
            marital="widowed", permit=("§ 24 AufenthG", 14), job=Job("unemployed"),
            health=Health(hours=8), meeting="Anerkennung Ihres Abschlusses",
            met=(("Integrationskurs", 58, True),),
            work=Work(
                goal="Arbeit als Buchhalterin",
                steps=("Deutschkurs B2 beenden", "Abschluss anerkennen"),
                measures=(("Berufssprachkurs B2", "Sprachhaus Ried", 70, 60),),
            ),
        ),
        Someone(role="child", given="Danylo", family="Kovalenko", birth=Age(9, 7, 14), female=False,
                permit=("§ 24 AufenthG", 14), job=Job("school")),
    ),
    home=Home(
        street="Lindenzeile 27", postcode="64646", city="Heppenheim", rent=520_00, ancillary=120_00,
        heating=84_00, landlord="Familienstiftung Talblick",
    ),
    notice=Notice(delivery="electronic", days_ago=9, type="change"),
    education=(("school_supplies", 65_00, "Danylo", 0), ("tutoring", 48_00, "Danylo", 5)),
    custody=((1, "sole"),),
    notes=((22, "Gespräche bitte auf Ukrainisch oder mit Dolmetscherin."),),
)  # fmt: skip

_LENA: Final = Plan(
    ref="bs-0004",
    persons=(
        Someone(
            role="applicant", given="Sabine", family="Brandt", birth=date(1981, 7, 29),
            female=True,
            marital="separated", income=(Income("minijob", net=556_00, gross=556_00),),
            job=Job("minijob", "Blumenhaus Margerite", "Viernheim"), health=Health(hours=5),
            meeting="Rückkehr in Teilzeit", met=(("Kinderbetreuung", 90, True),),
            work=Work(goal="Teilzeitstelle in der Floristik",
            steps=("Probearbeit im Gartenmarkt",)),
        ),
        Someone(role="child", given="Lena", family="Brandt", birth=NewYear(16), female=True,
                income=(Income("maintenance", net=150_00),), job=Job("school"),
                meeting="Deine Berufswahl"),
        Someone(role="child", given="Ben", family="Brandt", birth=Age(12, 3, 19), female=False,
                job=Job("school")),
    ),
    home=Home(
        street="Erlenpfad 9", postcode="68519", city="Viernheim", rent=610_00, ancillary=150_00,
        heating=98_00, rent_limit=625_00, landlord="Wohnbau Südried GmbH",
        energy_debt=(318_40, "Stadtstrom Südried", 4),
    ),
    notice=Notice(delivery="post"),
    education=(("trip", 245_00, "Lena", 3), ("transport", 49_00, "Ben", 8)),
    custody=((1, "joint"), (2, "joint")),
)  # fmt: skip

_JONAS: Final = Plan(
    ref="bs-0005",
    persons=(
        Someone(
            role="applicant", given="Jonas", family="Weidner", birth=date(1998, 3, 12),
            female=False,
            job=Job("unemployed"), health=Health(hours=8), loans=(Loan("appliances", 380_00, 6),),
            reductions=(Reduction("missed_appointment", -2, 1, "§ 32 SGB II"),),
            meeting="Vermittlung in Ausbildung",
            met=(("Vermittlungsgespräch", 120, False), ("Vermittlungsgespräch", 95, False)),
            work=Work(
                goal="Ausbildung im Handwerk", steps=("Praktikum suchen",),
                offers=(("Ausbildung zum Dachdecker", "Dachwerk Hagedorn"),),
            ),
        ),
    ),
    home=Home(
        street="Kastanienstieg 3", postcode="68642", city="Bürstadt", rent=395_00, ancillary=85_00,
        heating=66_00, landlord="Rosemarie Petersilge", arrears=(395_00, 2),
    ),
    notice=Notice(delivery="post"),
)  # fmt: skip

_KARL: Final = Plan(
    ref="bs-0006",
    persons=(
        Someone(
            role="applicant", given="Karl", family="Ahrens", birth=date(1964, 10, 30),
            female=False,
            marital="widowed", job=Job("not_available"),
            health=Health(
                hours=4, degree=60, marks=("G",), diagnoses=("Depressive Episode", "Diabetes Typ 2")
            ),
            meeting="Ihre gesundheitliche Situation", met=(("Ärztlicher Dienst", 47, True),),
            work=Work(goal="Stabilisierung der Gesundheit",
            steps=("Termin beim Ärztlichen Dienst",)),
        ),
    ),
    home=Home(
        street="Am Holderbusch 18", postcode="64653", city="Lorsch", rent=405_00, ancillary=92_00,
        heating=81_00, hot_water=True, landlord="Wohnhof Bergstraße eG",
    ),
    notice=Notice(delivery="formal", days_ago=16, type="change"),
    notes=((47, "Schriftverkehr bitte an die Bevollmächtigte."),),
)  # fmt: skip

_BENHAMMAR: Final = Plan(
    ref="bs-0007",
    persons=(
        Someone(
            role="applicant", given="Youssef", family="Benhammar", birth=date(1987, 1, 8),
            female=False,
            marital="married", permit=("Niederlassungserlaubnis", None),
            income=(Income("unemployment_benefit", net=455_00),), job=Job("unemployed"),
            health=Health(hours=8), meeting="Vermittlung als Elektriker",
            met=(("Erstgespräch", 77, True),),
            work=Work(
                goal="Stelle als Elektriker", steps=("Führerschein Klasse B",),
                offers=(("Elektriker", "Lichtblick Anlagenbau"),),
            ),
        ),
        Someone(
            role="partner", given="Fatima", family="Benhammar", birth=date(1992, 6, 25),
            female=True,
            marital="married", permit=("§ 28 AufenthG", 20), job=Job("not_available"),
            extras=(Extra("pregnancy", 170, None, "§ 21 Abs. 2 SGB II"),),
            health=Health(due_in=96), meeting="Erstausstattung für das Kind",
        ),
        Someone(role="child", given="Inès", family="Benhammar", birth=Age(3, 5, 4), female=True),
    ),
    home=Home(
        street="Brunnengärten 6", postcode="64646", city="Heppenheim", rent=585_00,
        ancillary=140_00,
        heating=102_00, landlord="Grundwert Odenwald GmbH",
    ),
    notice=Notice(delivery="abroad", type="change", days_ago=24),
    education=(("lunch", 58_00, "Inès", 5),),
)  # fmt: skip

_RAUSCHENBACH: Final = Plan(
    ref="bs-0008",
    persons=(
        Someone(
            role="applicant", given="Petra", family="Rauschenbach", birth=date(1978, 12, 5),
            female=True,
            marital="partnership", income=(Income("other", net=610_00, gross=690_00),),
            job=Job("self_employed", swing=(80_00, -30_00, -50_00)), health=Health(hours=8),
            overpayments=(Overpayment(268_00, (12, 9), "open", 40),),
            meeting="Abschließende Angaben zum Gewinn", met=(("Anlage EKS", 66, True),),
        ),
        Someone(
            role="partner", given="Dieter", family="Holzapfel", birth=date(1974, 4, 14),
            female=False,
            marital="partnership", job=Job("unemployed"), health=Health(hours=6),
            extras=(Extra("nutrition", 200, 1, "§ 21 Abs. 5 SGB II"),),
            meeting="Vermittlungsgespräch",
            work=Work(measures=(("Aktivierungscoaching", "Lernhaus an der Weschnitz", 15, 60),)),
        ),
        Someone(role="child", given="Nele", family="Rauschenbach", birth=Age(15, 1, 27),
        female=True,
                job=Job("school")),
    ),
    home=Home(
        street="Steinbruchgasse 21", postcode="64625", city="Bensheim", rent=640_00,
        ancillary=155_00,
        heating=130_00, heating_limit=118_00, landlord="Mathilde Osterkamp",
    ),
    notice=Notice(delivery="post", provisional=True),
    since=2,
    period=6,
    notes=((66, "Anlage EKS liegt vor, Steuer-ID {tax}."),),
)  # fmt: skip

HOUSEHOLDS: Final = (
    _ERIKA, _YILDIRIM, _OKSANA, _LENA, _JONAS, _KARL, _BENHAMMAR, _RAUSCHENBACH
)  # fmt: skip
